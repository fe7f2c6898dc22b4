/** Ports that another resource forwards or a program listens on, as the host's registry and `ss` say. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";

const elements = `any4 { tcp . 80 : 10.10.10.10 . 8080 }
exact4 { 192.0.2.1 . tcp . 81 : 10.10.10.10 . 81 }
on4 { "eth0" . 0.0.0.0/0 . 0.0.0.0/0 . tcp . 82 : 10.10.10.10 . 82 }
on4 { "wlan0" . 198.51.100.0/24 . 192.0.2.1 . tcp . 83 : 10.10.10.10 . 83 }`;
const listening = `tcp LISTEN 0 128 0.0.0.0:90 0.0.0.0:*
tcp LISTEN 0 128 0.0.0.0%eth0:91 0.0.0.0:*`;

/** As a group of targets and an intercept of any address are kept: where they listen is in the table. */
const chain = (rules: string) =>
  `table inet t {\n\tchain prerouting {\n\t\ttype nat hook prerouting priority dstnat + 1; policy accept;\n${rules}\t}\n\tchain output {\n\t\tip daddr != 192.0.2.9 return\n\t}\n}\n`;
const groups = {
  kvmnet_g_all: ["\t\tfib daddr type != local return\n", "85"],
  kvmnet_g_some: ['\t\tiifname != { "eth0", "eth1" } return\n\t\tip daddr != { 192.0.2.1, 192.0.2.2 } return\n', "86"],
  kvmnet_g_any: ["\t\tfib daddr type != unicast return\n", "87"],
} as const;
function putGroups(dir: string): void {
  for (const [table, [rules, port]] of Object.entries(groups)) {
    const led = [0, 1].map((slot) => `targets { ${slot} . tcp . ${port} : 10.10.10.1${slot} }\n`).join("");
    for (const [kind, text] of [
      [`ruleset%20inet%20${table}`, chain(rules)],
      [`elements%20inet%20${table}%20targets`, `${led}ports { tcp . ${port} : 7000 }\n`],
    ] as const) {
      const object = join(dir, "lib/objects", kind);
      mkdirSync(object, { recursive: true });
      writeFileSync(join(object, "text"), text);
      writeFileSync(join(object, "owner"), "urn:group\n");
    }
  }
}

/** What the host answers for one port: nothing when it is free, else by what it is taken. */
function taken(address: string, port: number, link = "*"): string {
  const dir = mkdtempSync(join(tmpdir(), "kvmnet-port-"));
  try {
    const object = join(dir, "lib/objects/elements%20inet%20kvmnet_br0%20web");
    mkdirSync(object, { recursive: true });
    writeFileSync(join(object, "text"), `${elements}\n`);
    writeFileSync(join(object, "owner"), "urn:web\n");
    putGroups(dir);
    const script = `${runtime().text}
ss() { printf '%s\\n' "$LISTENING"; }
KV_LIB=$DIR/lib KV_W=$DIR KV_N=0 KV_OWNER=urn:mine KV_FORMERLY=
kv_member() { :; }
kv_fail() { printf '%s\\n' "$3"; return 1; }
expect_port 0 tcp '${address}' ${port} ${port} '${link}' && expect_ports || exit 1`;
    const env = { PATH: process.env.PATH, DIR: dir, LISTENING: listening };
    const { stdout, status, stderr } = spawnSync("sh", { input: script, env, encoding: "utf8" });
    expect([status, stderr]).toEqual([stdout === "" ? 0 : 1, ""]);
    return stdout.trim();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("a forward of any interface or address meets all others of its port", () => {
  expect(taken("0.0.0.0", 80)).toBe("forward urn:web 10.10.10.10:8080");
  expect(taken("192.0.2.9", 80, "wlan0")).toBe("forward urn:web 10.10.10.10:8080");
  expect(taken("0.0.0.0", 82)).toBe("forward urn:web 10.10.10.10:82");
  expect(taken("::", 80)).toBe("");
});

test("forwards of different interfaces or addresses may have one port", () => {
  expect(taken("0.0.0.0", 82, "eth0")).toBe("forward urn:web 10.10.10.10:82");
  expect(taken("0.0.0.0", 82, "eth")).toBe("");
  expect(taken("0.0.0.0", 82, "wlan0")).toBe("");
  expect(taken("192.0.2.1", 81, "eth0")).toBe("forward urn:web 10.10.10.10:81");
  expect(taken("192.0.2.2", 81, "eth0")).toBe("");
  expect(taken("192.0.2.1", 83, "wlan0")).toBe("forward urn:web 10.10.10.10:83");
  expect(taken("192.0.2.2", 83, "wlan0")).toBe("");
});

test("a program has its port on all interfaces, unless it is bound to one", () => {
  expect(taken("0.0.0.0", 90, "wlan0")).toBe("listens a program 0.0.0.0:90");
  expect(taken("0.0.0.0", 91, "eth0")).toBe("listens a program 0.0.0.0:91");
  expect(taken("0.0.0.0", 91, "wlan0")).toBe("");
  expect(taken("0.0.0.0", 91)).toBe("listens a program 0.0.0.0:91");
});

test("a port that leads to several targets is taken where their table has it listen", () => {
  expect(taken("0.0.0.0", 85)).toBe("forward urn:group 10.10.10.10");
  expect(taken("192.0.2.7", 85, "eth9")).toBe("forward urn:group 10.10.10.10");
  expect(taken("::", 85)).toBe("");
  expect(taken("192.0.2.2", 86)).toBe("forward urn:group 10.10.10.10");
  expect(taken("192.0.2.3", 86)).toBe("");
  expect(taken("0.0.0.0", 86, "eth1")).toBe("forward urn:group 10.10.10.10");
  expect(taken("0.0.0.0", 86, "eth2")).toBe("");
  expect(taken("0.0.0.0", 7000)).toBe("");
});

test("where guests are led from any address, no port of the host is taken", () => {
  expect(taken("0.0.0.0", 87)).toBe("");
});
