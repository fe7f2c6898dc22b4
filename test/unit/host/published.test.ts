/** Ports that other programs publish, by what nft and iptables list. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";
import { parsePublished, publishedCautions } from "../../../provider/resources/published.ts";

/** As Docker 20.10 and Podman's CNI write them; a rule of the host's own. */
const saved = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -p tcp -m tcp --dport 9999 -j DNAT --to-destination 192.0.2.9:99
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
-A DOCKER -d 192.0.2.1/32 ! -i docker0 -p udp -m udp --dport 53 -j DNAT --to-destination 172.17.0.3:53
-A DOCKER -d 127.0.0.1/32 ! -i docker0 -p tcp -m tcp --dport 5432 -j DNAT --to-destination 172.17.0.4:5432
-A CNI-DN-8d5ed6c4e2c21b0c4ae1f -p tcp -m tcp --dport 8000:8002 -j DNAT --to-destination 10.88.0.2:8000-8002
COMMIT`;
/** As netavark and Docker 29 write them with nft, and a network of ours. */
const listed = `table inet netavark {
	chain nv_2f259bab_10_88_0_0_nm16_dnat {
		tcp dport 9090 dnat ip to 10.88.0.3:90
	}
}
table ip docker-bridges {
	chain nat-prerouting-and-output__docker0 {
		fib daddr type local udp dport 5353 counter dnat to 172.17.0.5:53 comment "DNAT"
		ip daddr 127.0.0.1 tcp dport 81 dnat to 172.17.0.5:81
	}
}
table inet kvmnet_br0 {
	chain prerouting {
		tcp dport 7777 dnat ip to 10.10.10.10:80
	}
}`;

function published(): string {
  const dir = mkdtempSync(join(tmpdir(), "kvmnet-published-"));
  try {
    writeFileSync(join(dir, "iptables-nft-save"), `#!/bin/sh\nprintf '%s\\n' "$SAVED"\n`);
    chmodSync(join(dir, "iptables-nft-save"), 0o755);
    const script = `${runtime().text}\nnft() { printf '%s\\n' "$LISTED"; }\nkvp_programs() { echo iptables-nft; }\nkvr_published`;
    const env = { PATH: `${dir}:${process.env.PATH}`, SAVED: saved, LISTED: listed };
    return execFileSync("sh", { input: script, env, encoding: "utf8" });
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("what is published is told from what the host itself leads on, and from what nobody outside reaches", () => {
  expect(published().split("\n").filter(Boolean)).toEqual([
    "docker tcp * 8080 172.17.0.2:80",
    "docker udp * 5353 172.17.0.5:53",
    "docker udp 192.0.2.1 53 172.17.0.3:53",
    "podman tcp * 8000-8002 10.88.0.2:8000-8002",
    "podman tcp * 9090 10.88.0.3:90",
  ]);
});

test("each program's ports are named once", () => {
  expect(publishedCautions(parsePublished(`${published()}docker tcp \u001b[1m 1 x\n`), "hv1")).toEqual([
    expect.stringContaining(
      "Docker publishes tcp 8080 (172.17.0.2:80), udp 5353 (172.17.0.5:53), udp 192.0.2.1:53 (172.17.0.3:53) on hv1.",
    ),
    expect.stringContaining("Podman publishes tcp 8000-8002 (10.88.0.2:8000-8002), tcp 9090 (10.88.0.3:90) on hv1."),
  ]);
  expect(publishedCautions([], "hv1")).toEqual([]);
});
