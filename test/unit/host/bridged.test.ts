import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";
import { hostFirewall } from "../../../provider/resources/index.ts";

/** As `ip -d -o link show type bridge_slave` shows ports on Debian, cut short. */
const port = (name: string, master: string, mac: string, kind = "") =>
  `7: ${name}: <BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue master ${master} state UP mode DEFAULT group default qlen 1000\\    link/ether ${mac} brd ff:ff:ff:ff:ff:ff promiscuity 1 \\    ${kind}\\    bridge_slave state forwarding`;
const ports = [
  port("enp3s0", "br0", "00:25:90:00:00:01"),
  port("web0", "br0", "fe:54:00:00:00:01", "tun type tap pi off"),
  port("d0", "br1", "52:54:00:00:00:02", "dummy "),
  port("vnet4@if2", "br1", "5a:c1:b6:00:00:03", "veth "),
  port("enp4s0.7@enp4s0", "br-lan", "00:25:90:00:00:02", "vlan protocol 802.1Q id 7 <REORDER_HDR> "),
];

/** As `nft list chains bridge` shows a table. */
const listed = (table: string) =>
  `${table} {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n\t}\n}`;

/** What functions of the runtime print of a host with these ports and tables of the bridge family, or that they fail. */
function shell(command: string, tables: readonly string[] = []): string {
  const script = `${runtime().text}\nip() { printf '%s\\n' "$PORTS"; }\nnft() { printf '%s\\n' "$TABLES"; }\n${command}`;
  const env = { PATH: process.env.PATH, PORTS: ports.join("\n"), TABLES: tables.map(listed).join("\n") };
  return execFileSync("sh", { input: script, env, encoding: "utf8" });
}

/** What a HostFirewall says of a host with these ports and tables of the bridge family. */
function said(tables: string[]): string[] {
  const reading = shell("kvr_bridged", tables);
  return hostFirewall.cautions?.({}, hostFirewall.outputs({}, [reading]), "hv1") ?? [];
}

const unseen = (bridge: string) =>
  `HostFirewall does not see what guests of ${bridge} exchange with the LAN: hv1 bridges it, and routes nothing. To filter that, declare a GuestFilter of ${bridge}.`;

test("a host's policy says of which guests it sees nothing: those on a bridge with a NIC", () => {
  expect(said([])).toEqual([unseen("br0"), unseen("br-lan")]);
});

test("it is content with a GuestFilter, whatever the bridge is called", () => {
  expect(said(["table bridge kvmnetguests_br0", "table bridge theirs"])).toEqual([unseen("br-lan")]);
  expect(said(["table bridge kvmnetguests_br0", "table bridge kvmnetguests_br_lan_4c2e8e"])).toEqual([]);
});

test("a filter of all guests of a bridge finds the NIC that it would take for one", () => {
  const listed = (bridge: string, nics: string) => shell(`expect_listed ${bridge} "${nics}" || echo not listed`);
  expect(listed("br0", "")).toBe("enp3s0\nnot listed\n");
  expect(listed("br0", "enp3s00,enp3s")).toBe("enp3s0\nnot listed\n");
  expect(listed("br0", "eth9,enp3s0")).toBe("");
  expect(listed("br1", "")).toBe("");
});
