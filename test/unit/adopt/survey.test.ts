import { expect, test } from "vitest";
import { importText } from "../../../provider/adopt/import-file.ts";
import { programText } from "../../../provider/adopt/program.ts";
import { survey } from "../../../provider/adopt/survey.ts";
import { type FactLines, parsePicture } from "../../../provider/doctor/picture/picture.ts";
import { otherwise, recorded, replaced } from "../doctor/recorded.ts";

const of = (facts: FactLines) => survey(parsePicture(facts, "hv1"));
const args = (facts: FactLines, type: string) => of(facts).declarations.find((one) => one.type === type)?.args;
const SERVER = "dnsmasq 213";
const server = recorded[SERVER] ?? [];
const domain = Object.keys(recorded).find((name) => name.startsWith("domain ")) ?? "";
/** As the host would have said it since: units of servers, stored definitions of domains. */
const kept = (changes: Record<string, readonly string[] | undefined> = {}) =>
  otherwise({
    [SERVER]: [...server, "unit dnsmasq@virbr10.service"],
    [domain.replace("domain ", "domain-stored ")]: recorded[domain],
    ...changes,
  });
const serving = (...settings: string[]) =>
  args(kept({ [SERVER]: [...server, "unit dnsmasq@virbr10.service", ...settings] }), "DnsmasqInstance");

test("a host that was built by hand becomes a program and a file to import", async () => {
  const found = of(kept());
  await expect(programText("hv1", found)).toMatchFileSnapshot("recorded/index.ts.txt");
  const { resources } = JSON.parse(importText("hv1", found));
  expect(resources.map(({ type, id }: { type: string; id: string }) => `${type.split(":").at(-1)} ${id}`)).toEqual([
    "Bridge virbr10",
    "LibvirtNetwork default",
    "VmInterface vm1/52:54:00:00:00:77",
  ]);
  expect(resources[0].outputs).toEqual({ ...resources[0].inputs, plan: {}, nonce: "" });
});

test("a server that nothing would start again is left", () => {
  expect(of(recorded).left).toContain(
    "dnsmasq of virbr10: process 213 was started by hand, and nothing would start it again. Have a unit of systemd's start it, and look again.",
  );
  expect(args(recorded, "DnsmasqInstance")).toBeUndefined();
  expect(of(kept({ [SERVER]: [...server, "unit dnsmasq.service"] })).left.join()).toContain("it is the machine's own");
});

test("a server's settings become arguments, and lines where there is none", () => {
  expect(
    serving(
      ...["conf domain=lab.internal", "conf local=/lab.internal/", "conf expand-hosts", "conf strict-order"],
      ...[
        "conf no-resolv",
        "conf server=9.9.9.9",
        "conf server=/corp/10.0.0.53",
        "conf dhcp-option=option:ntp-server,10.0.0.1",
      ],
      ...[
        "conf no-hosts",
        "conf dhcp-lease-max=20",
        "host 52:54:00:00:00:09,set:a,192.168.100.11",
        "other dhcp-script",
      ],
    ),
  ).toMatchObject({
    ...{ domain: "lab.internal", forwarders: ["9.9.9.9"], maxLeases: 20 },
    extraLines: ["strict-order", "server=/corp/10.0.0.53", "dhcp-option=option:ntp-server,10.0.0.1"],
    reservations: [{ mac: "52:54:00:be:0a:f3", address: "192.168.100.10", hostname: "name-of-vm" }],
  });
  expect(serving("conf port=0")).toMatchObject({ dns: false });
  expect(serving("conf dhcp-range=192.168.100.70,192.168.100.80,12h")).toBeUndefined();
  expect(serving("conf dhcp-range=::1000,::ffff,constructor:virbr10")).toBeUndefined();
  expect(of(kept({ [SERVER]: [...server, "unit x.service", "other dhcp-script"] })).left).toContain(
    'dnsmasq of virbr10: what it has for "dhcp-script" is not read, since it may be a secret. Add it to extraLines.',
  );
});

test("what a bridge cannot keep is named, and the bridge is left with all that hangs on it", () => {
  const links = (from: string | RegExp, to: string) =>
    of({ ...kept(), links: replaced("links", from, to).links ?? [] });
  const port = links(/("ifname":"tap10".*?)"info_kind":"veth"/, '$1"info_kind":"vlan"');
  expect(port.left).toContain("bridge virbr10: tap10 joins it to the LAN. For a new one there is Bridge with uplink.");
  expect(port.declarations.map(({ type }) => type)).toEqual(["LibvirtNetwork", "VmInterface"]);
  const route = JSON.stringify([{ dst: "10.9.0.0/16", gateway: "192.168.100.7", dev: "virbr10" }]);
  expect(of(kept({ routes: [route] })).left).toContain(
    "bridge virbr10: it has a route of its own (10.9.0.0/16 via 192.168.100.7), which a Bridge cannot keep.",
  );
});

test("what a preview would refuse is left", () => {
  expect(
    of(kept({ [SERVER]: [...server, "unit dnsmasq@virbr10.service", "host 52:54:00:00:00:08,10.9.9.9"] })).left,
  ).toContain(
    'DnsmasqInstance "virbr10": reservations[1].address: 10.9.9.9 is outside 192.168.100.0/24 of the bridge.',
  );
});

test("a NIC that a take-over would change is left", () => {
  const stored = domain.replace("domain ", "domain-stored ");
  const other = (recorded[domain] ?? []).map((line) => line.replace("model type='rtl8139'", "model type='virtio'"));
  expect(of(kept({ [stored]: other })).left).toContain(
    "NIC 52:54:00:00:00:77 of vm1: to take it over would change it (<model type='virtio'/>).",
  );
});

/** Rules of iptables beside those that the record has. */
const ruled = (...rules: string[]) => {
  const table = (name: string) =>
    rules.filter((rule) => rule.startsWith(`${name} `)).map((rule) => `[0:0] ${rule.slice(name.length + 1)}`);
  const chains = {
    nat: [":PREROUTING ACCEPT [0:0]", ":POSTROUTING ACCEPT [0:0]"],
    filter: [":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]"],
  };
  const lines = Object.entries(chains).flatMap(([name, own]) => [`*${name}`, ...own, ...table(name), "COMMIT"]);
  return kept({ nft: ['{"nftables":[]}'], "nft-text": [], iptables: lines });
};
const MASQUERADE = "nat -A POSTROUTING -s 192.168.100.0/24 ! -d 192.168.100.0/24 -j MASQUERADE";

test("forwards keep their ports, sources, addresses and interfaces, and those that lead nowhere are left", () => {
  const found = of(
    ruled(
      MASQUERADE,
      "nat -A PREROUTING -i eth0 -p tcp -m multiport --dports 80,443 -j DNAT --to-destination 192.168.100.10",
      "nat -A PREROUTING -i eth0 -p tcp --dport 2222 -j DNAT --to-destination 192.168.100.10:22",
      "nat -A PREROUTING -d 198.51.100.2/32 -s 10.1.0.0/16 -p udp --dport 5060 -j DNAT --to-destination 192.168.100.11",
      "nat -A PREROUTING -i wg0 -p tcp --dport 5432 -j DNAT --to-destination 192.168.100.15",
      "nat -A PREROUTING -p tcp --dport 22 -j DNAT --to-destination 192.168.100.12",
      "nat -A PREROUTING -p tcp --dport 9000 -j DNAT --to-destination 192.168.100.13",
      "nat -A PREROUTING -m mark --mark 0x1 -p tcp --dport 9001 -j DNAT --to-destination 192.168.100.14",
      "filter -A FORWARD -d 192.168.100.13/32 -j REJECT",
    ),
  );
  expect(
    found.declarations.filter(({ type }) => type === "PortForward").map(({ name, args: own }) => [name, own]),
  ).toEqual([
    [
      "name-of-vm",
      { target: "192.168.100.10", ports: [80, 443, { port: 2222, targetPort: 22 }], reachableFrom: ["lan"] },
    ],
    [
      "virbr10-192-168-100-11",
      {
        ...{ target: "192.168.100.11", ports: [5060], protocol: "udp" },
        ...{ listenAddresses: ["198.51.100.2"], sourceRanges: ["10.1.0.0/16"] },
      },
    ],
    ["virbr10-192-168-100-15", { target: "192.168.100.15", ports: [5432], listenInterfaces: ["wg0"] }],
  ]);
  expect(found.left.filter((text) => text.startsWith("forward"))).toEqual([
    "forward tcp 22 → 192.168.100.12: sshd listens on tcp 0.0.0.0:22 of the host as well.",
    "forward tcp 9000 → 192.168.100.13: it leads nowhere: -A FORWARD -d 192.168.100.13/32 -j REJECT drops it.",
    "forward tcp 9001 → 192.168.100.14: its rule asks for more than a PortForward can.",
  ]);
});

test("a bridge that nothing translates for gets no NatNetwork", () => {
  expect(of(ruled("filter -A FORWARD -i virbr10 -j ACCEPT")).left.join()).toContain(
    "bridge virbr10 gets no NatNetwork: no rule translates its guests on their way out. Rules for it stay: -A FORWARD -i virbr10 -j ACCEPT",
  );
});

test("the way out is as the rules have it, and accepts that others' drops need are to stay", () => {
  const found = of(
    ruled(
      "nat -A POSTROUTING -s 192.168.100.0/24 -d 10.8.0.0/16 -j RETURN",
      "nat -A POSTROUTING -s 192.168.100.0/24 -o eth0 -j SNAT --to-source 198.51.100.2",
      "filter -A FORWARD -i virbr10 -j ACCEPT",
      "filter -A FORWARD -o virbr10 -j ACCEPT",
      "filter -A FORWARD -j DROP",
      "filter -A INPUT -i virbr10 -p tcp --dport 22 -j ACCEPT",
      "filter -A INPUT -i virbr10 -j REJECT",
    ),
  );
  const nat = found.declarations.find(({ type }) => type === "NatNetwork");
  expect(nat?.args).toEqual({
    ...{ uplinks: ["eth0"], snatAddresses: ["198.51.100.2"], natExemptRanges: ["10.8.0.0/16"] },
    hostServices: [{ protocol: "tcp", ports: [22] }],
  });
  const notes = nat?.notes ?? [];
  const staying = notes.findIndex((note) => note.startsWith("These are to stay"));
  expect(notes.slice(staying + 1)).toEqual([
    "  ip filter: -A INPUT -i virbr10 -p tcp --dport 22 -j ACCEPT",
    "  ip filter: -A FORWARD -i virbr10 -j ACCEPT",
    "  ip filter: -A FORWARD -o virbr10 -j ACCEPT",
  ]);
  expect(notes).toContain("  iptables -D INPUT -i virbr10 -j REJECT");
});
