import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";

/** Docker's and ufw's rules as `nft -s list ruleset` shows them on Debian, cut short; a policy of the host's own; one of ours. */
const docker = `table ip filter {
	chain DOCKER-USER {
		counter return
	}
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
		counter jump DOCKER-USER
	}
}`;
const ufw = `table ip filter {
	chain ufw-user-input {
	}
	chain INPUT {
		type filter hook input priority filter; policy drop;
		counter jump ufw-user-input
	}
}`;
const mine = `table inet mine {
	chain forward {
		type filter hook forward priority filter; policy accept;
		ct state established,related accept
		counter drop
	}
}`;
const ours = `table inet kvmnethost {
	chain input {
		type filter hook input priority 10; policy drop;
	}
}`;

/** What the runtime reads of such a listing. */
function blockers(listing: string): string[] {
  // The functions alone: read by a shell that is no program of its own, the runtime does nothing.
  const script = `${runtime().text}\nnft() { printf '%s\\n' "$LISTING"; }\ngrep() { return 1; }\nkvr_blockers`;
  const env = { PATH: process.env.PATH, LISTING: listing };
  return execFileSync("sh", { input: script, env, encoding: "utf8" }).split("\n").filter(Boolean);
}

test("what drops is called by its owner's name", () => {
  expect(blockers(docker)).toEqual(["docker\tip filter FORWARD (forward): policy drop"]);
  expect(blockers(ufw)).toEqual(["ufw\tip filter INPUT (input): policy drop"]);
});

test("a table of the host's own is nobody else's, and a HostFirewall's is ours", () => {
  expect(blockers([docker, mine, ours].join("\n"))).toEqual([
    "docker\tip filter FORWARD (forward): policy drop",
    "nftables\tinet mine forward (forward): counter drop",
  ]);
});

test("of a table that two fill, both must let through", () => {
  const both = docker.replace(/}$/, ufw.slice(ufw.indexOf("\n") + 1));
  expect(blockers(both).map((line) => line.split("\t")[0])).toEqual(["docker", "ufw", "ufw"]);
});
