import { expect, test } from "vitest";
import { checks } from "../../../provider/doctor/checks/index.ts";
import { complaints, findings, otherwise, recorded, replaced } from "./recorded.ts";

const unknowns = (facts: Parameters<typeof findings>[0]) =>
  findings(facts)
    .filter(({ verdict }) => verdict === "unknown")
    .map(({ check }) => check);

test("a recorded host that is in order gives no complaint, and every network its lines", () => {
  expect(complaints(recorded)).toEqual([]);
  const said = findings(recorded).map(({ check, subject }) => `${check} ${subject}`);
  for (const subject of ["network default", "bridge virbr10", "bridge br0"])
    for (const check of [
      "bridge",
      "bridge-address",
      "nat-rule",
      "forward-out",
      "forward-back",
      "forwarding",
      "dhcp-server",
      "guest-dns",
    ])
      expect(said).toContain(`${check} ${subject}`);
});
test("checks that need others come after them, and needs are checks", () => {
  const names = checks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, needs } of checks)
    for (const need of needs) expect(names.slice(0, names.indexOf(name))).toContain(need);
});

test("a Wi-Fi NIC as a port", () => {
  const nics = recorded.nics?.map((line) => (line.startsWith("tap10 ") ? line.replace("wired", "wireless") : line));
  expect(complaints(otherwise({ nics }))).toEqual([expect.stringMatching(/^wifi-port bridge virbr10: tap10 is Wi-Fi/)]);
});
test("a full table of flows", () => {
  const facts = replaced("settings", /nf_conntrack_count .*/, "nf_conntrack_count 262140");
  expect(complaints(facts)).toEqual(["conntrack host: 262140 of 262144 flows are tracked"]);
});
test("libvirt that has failed, and libvirt that only sleeps", () => {
  const without = Object.fromEntries(
    Object.keys(recorded)
      .filter((key) => /^(network|domain)/.test(key))
      .map((key) => [key, undefined]),
  );
  const asleep = { ...without, libvirt: ["stopped"] };
  expect(complaints(otherwise(asleep))).toEqual([]);
  expect(unknowns(otherwise(asleep))).toContain("libvirt");
  const units = recorded.units
    ?.join("\n")
    .replace(/(Id=libvirtd.service[\s\S]*?ActiveState=)active/, "$1failed")
    .split("\n");
  expect(complaints(otherwise({ ...asleep, units }))).toEqual(["libvirt libvirt: libvirtd.service has failed"]);
});
test("what cannot be seen is not known, and no fault", () => {
  for (const fact of ["nft", "listeners", "units", "probes", "neighbours", "routes", "settings"])
    expect(complaints(otherwise({ [fact]: undefined })), fact).toEqual([]);
  expect(unknowns(otherwise({ nft: ["failed: 127"] }))).toEqual(expect.arrayContaining(["nat-rule", "forward-out"]));
  expect(unknowns(otherwise({ probes: undefined }))).toEqual(expect.arrayContaining(["gateway", "guest-dns"]));
  expect(unknowns(otherwise({ settings: undefined }))).toContain("forwarding");
});
test("a host whose interfaces cannot be seen is not judged at all", () => {
  expect(() => findings(otherwise({ links: ["failed: 127"] }))).toThrow(
    /^hv1 does not say what interfaces it has: failed: 127\. It needs iproute2/,
  );
});
test("a change that is not finished", () => {
  expect(complaints(otherwise({ journal: ["5"] }))).toEqual([
    expect.stringMatching(/^kvmnet-journal .*unfinished \(5\)/),
  ]);
});
test("a default route to nowhere", () => {
  const routes = [JSON.stringify([{ type: "unreachable", dst: "default", dev: "lo", metric: 10 }])];
  expect(complaints(otherwise({ routes }))).toContain("default-route host: the default route is unreachable");
});

const lease = (address: string) => ({
  "status virbr0": [
    JSON.stringify([{ "ip-address": address, "mac-address": "52:54:00:00:00:77", "expiry-time": 4e9 }]),
  ],
});
test("a guest with a lease, with one of another network, without any, shut off", () => {
  expect(complaints(otherwise(lease("192.168.122.20")), "vm1")).toEqual([]);
  expect(findings(otherwise(lease("192.168.122.20")), "vm1").find(({ check }) => check === "guest")?.evidence).toBe(
    "NIC 52:54:00:00:00:77 has 192.168.122.20 by lease, gateway 192.168.122.1",
  );
  expect(complaints(otherwise(lease("192.168.5.20")), "vm1")).toEqual([
    "guest guest vm1: it has 192.168.5.20, which is not in 192.168.122.0/24",
  ]);
  expect(complaints(recorded, "vm1")).toEqual([expect.stringMatching(/^guest guest vm1: NIC .* has no lease/)]);
  expect(complaints(replaced("domain-state", "paused", "shut off"), "vm1")).toEqual([
    "guest guest vm1: it is shut off",
  ]);
});
test("a guest with a static address that the host has heard of", () => {
  const neighbours = [
    JSON.stringify([{ dst: "192.168.122.9", dev: "virbr0", lladdr: "52:54:00:00:00:77", state: ["STALE"] }]),
  ];
  expect(complaints(otherwise({ neighbours }), "vm1")).toEqual([]);
});
test("leases of reserved guests and by IPv6 fill no pool, and contradict no reservation", () => {
  const lease = (address: string, mac: string) => ({ "ip-address": address, "mac-address": mac, "expiry-time": 4e9 });
  const reserved = Array.from({ length: 11 }, (_, n) => lease(`192.168.100.${80 + n}`, `52:54:00:00:01:${10 + n}`));
  const status = [...reserved, lease("fd00:1::20", "52:54:00:be:0a:f3")];
  expect(complaints(otherwise({ "status virbr10": [JSON.stringify(status)] }))).toEqual([]);
  const pool = Array.from({ length: 11 }, (_, n) => lease(`192.168.100.${50 + n}`, `52:54:00:00:01:${10 + n}`));
  expect(complaints(otherwise({ "status virbr10": [JSON.stringify(pool)] }))).toEqual([
    "dhcp-pool bridge virbr10: all 11 addresses are leased: the next guest gets none",
  ]);
});
test("guests that are to be kept apart, where br_netfilter sends their frames through the IP rules", () => {
  const settings = [...(recorded.settings ?? []), "net/bridge/bridge-nf-call-iptables 1"];
  const rules = JSON.parse(recorded.nft?.join("\n") ?? "{}");
  for (const { rule } of rules.nftables)
    if (
      rule?.table === "kvmnet_br0" &&
      rule.chain === "forward" &&
      /"iifname".*"oifname".*"accept"/.test(JSON.stringify(rule.expr))
    )
      if (JSON.stringify(rule.expr).includes('"op":"==","left":{"meta":{"key":"oifname"}}'))
        rule.expr = [...rule.expr.slice(0, -1), { drop: null }];
  const apart = {
    "object objects/ruleset%20bridge%20kvmnet_br0": [
      "ruleset bridge kvmnet_br0",
      "-",
      "table bridge kvmnet_br0 {",
      "}",
    ],
  };
  const facts = { settings, nft: [JSON.stringify(rules)] };
  expect(complaints(otherwise(facts))).toEqual([
    expect.stringMatching(/^bridge-netfilter bridge br0: .*what guests send each other/),
  ]);
  expect(complaints(otherwise({ ...facts, ...apart }))).toEqual([]);
});
test("a guest on Open vSwitch, whose ports the kernel knows as another's", () => {
  const [name = ""] = Object.keys(recorded).filter(
    (key) => key.startsWith("domain ") && recorded[key]?.join().includes("tap-vm1"),
  );
  const definition = recorded[name]?.map((line) =>
    line.replace(
      / *<source network='default'.*/,
      "      <source bridge='ovsbr0'/>\n      <virtualport type='openvswitch'/>",
    ),
  );
  const domain = { [name]: definition?.flatMap((line) => line.split("\n")) };
  expect(complaints(otherwise(domain))).toEqual([]);
});
test("what older libvirt gave each of its bridges for its MAC, and never switched on", () => {
  const links = JSON.parse(recorded.links?.join("\n") ?? "[]");
  const nic = {
    ifname: "virbr0-nic",
    ifindex: 99,
    flags: ["BROADCAST"],
    master: "virbr0",
    linkinfo: { info_kind: "tun" },
  };
  expect(complaints(otherwise({ links: [JSON.stringify([...links, nic])] }))).toEqual([]);
});
test("a guest on a macvtap", () => {
  const facts = replaced("domain ", "<interface type='network'>", "<interface type='direct'>");
  expect(complaints(facts, "vm1")).toEqual([expect.stringMatching(/^guest guest vm1: NIC .* is a macvtap/)]);
});

test("a libvirt network that asks a resolver which is not there", () => {
  const [server = ""] = Object.keys(recorded).filter(
    (key) => /^dnsmasq /.test(key) && recorded[key]?.includes("conf interface=virbr0"),
  );
  const asking = { [server]: [...(recorded[server] ?? []), "conf no-resolv", "conf server=198.51.100.99"] };
  const facts = otherwise({ ...asking, probes: [...(recorded.probes ?? []), "dns 198.51.100.99 silent silent"] });
  expect(complaints(facts)).toEqual([
    "forwarder network default: its DNS forwards to 198.51.100.99, which does not answer (nor a ping)",
  ]);
  expect(findings(facts).find(({ check, verdict }) => check === "forwarder" && verdict === "fault")?.fix).toBe(
    "<forwarder addr='ADDRESS'/> in <dns> (virsh net-edit default) of a resolver that answers; then restart it",
  );
});

test("with plain IP cut, names are not judged", () => {
  const probes = recorded.probes?.map((line) =>
    line
      .replace(/^(dns \S+) .*/, "$1 silent silent")
      .replace(/^gateway .*/, "gateway eth0 198.51.100.1 silent FAILED")
      .replace("resolve ok", "resolve failed"),
  );
  const all = findings(otherwise({ probes }));
  expect(all.filter(({ verdict }) => verdict === "fault").map(({ check }) => check)).toEqual(["gateway"]);
  expect(all.filter(({ evidence }) => evidence.startsWith("not judged: gateway")).map(({ check }) => check)).toEqual(
    expect.arrayContaining(["host-dns", "guest-dns"]),
  );
});
