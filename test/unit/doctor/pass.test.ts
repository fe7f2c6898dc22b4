/** The doctor knows whether our entries in other firewalls stand. */
import { expect, test } from "vitest";
import { renderPass } from "../../../provider/backends/pass.ts";
import { parseIptables } from "../../../provider/doctor/packets/iptables.ts";
import type { Chain, Table } from "../../../provider/doctor/packets/rule.ts";
import { passFault } from "../../../provider/doctor/pass.ts";
import type { Pass } from "../../../provider/model/nouns/filter.ts";
import { complaints, otherwise, recorded } from "./recorded.ts";

type Firewall = Pass["firewall"];

/** What is wrong with our own entry for br0 among these tables. */
function fault(firewall: Firewall, tables: readonly Table[], unseen: Record<string, string> = {}) {
  const key = `${firewall} br0`;
  const text = (renderPass({ noun: "pass", bridge: "br0", firewall })[key] ?? "").split("\n").filter(Boolean);
  return passFault({ key, kind: firewall, name: "br0", text }, { tables, unseen } as never);
}
const saved = (...rules: string[]) =>
  parseIptables(["*filter", ":FORWARD DROP [0:0]", ":INPUT DROP [0:0]", ...rules, "COMMIT"], "iptables-legacy");
function nft(name: string, ...texts: string[]): Table {
  const rules = texts.map((text) => ({ text, conditions: [], does: { verb: "accept" as const } }));
  const chain: Chain = { name: "forward", hook: "forward", type: "filter", priority: 0, policy: "drop", rules };
  return { name, by: "nft", chains: new Map([["forward", chain]]) };
}
const comment = '-m comment --comment "kvmnet br0" -j ACCEPT';

test("Docker's chain lacks a rule", () => {
  const user = [":DOCKER-USER - [0:0]", `-A DOCKER-USER -o br0 ${comment}`, "-A DOCKER-USER -j RETURN"];
  expect(fault("docker", saved(...user))).toBe("chain DOCKER-USER lacks accept in");
  expect(fault("docker", saved(...user, `-A DOCKER-USER -i br0 ${comment}`))).toBeUndefined();
  expect(fault("docker", saved(...user, `-A DOCKER-USER -i br01 ${comment}`))).toContain("accept in");
  // Docker has not been started.
  expect(fault("docker", saved())).toBeUndefined();
});

test("ufw has forgotten a rule", () => {
  const chains = [":ufw-user-input - [0:0]", ":ufw-user-forward - [0:0]", "-A ufw-user-input -i br0 -j ACCEPT"];
  expect(fault("ufw", saved(...chains, "-A ufw-user-forward -i br0 -j ACCEPT"))).toBe(
    "ufw does not do: route allow out on br0",
  );
  expect(
    fault("ufw", saved(...chains, "-A ufw-user-forward -i br0 -j ACCEPT", "-A ufw-user-forward -o br0 -j ACCEPT")),
  ).toBeUndefined();
  expect(fault("ufw", saved())).toBeUndefined();
});

test("firewalld has the bridge in another zone", () => {
  expect(fault("firewalld", [nft("inet firewalld", 'iifname "br0" goto filter_IN_trusted')])).toBeUndefined();
  expect(fault("firewalld", [nft("inet firewalld", 'iifname "br0" goto filter_IN_public')])).toBe(
    "firewalld does not have it in zone trusted",
  );
  expect(fault("firewalld", [])).toBeUndefined();
});

test("a chain of the host's own that drops lacks a rule of ours", () => {
  const rules = ['iifname "br0" accept comment "kvmnet br0"', 'oifname "br0" accept comment "kvmnet br0"'];
  expect(fault("nftables", [nft("inet filter", ...rules)])).toBeUndefined();
  expect(fault("nftables", [nft("inet filter", rules[0] as string)])).toBe(
    `chain inet filter forward lacks: ${rules[1]}`,
  );
  for (const other of ["inet firewalld", "inet kvmnethost", "bridge own"])
    expect(fault("nftables", [nft(other)]), other).toBeUndefined();
  const forward = [`-A FORWARD -i br0 ${comment}`, `-A FORWARD -o br0 ${comment}`];
  expect(fault("iptables", saved(...forward, `-A INPUT -i br0 ${comment}`))).toBeUndefined();
  expect(fault("iptables", saved(...forward))).toBe(`chain iptables-legacy INPUT lacks: -i br0 ${comment}`);
});

test("what cannot be seen is no fault", () => {
  expect(fault("nftables", [nft("inet filter")], { nft: "failed: 127" })).toBeUndefined();
});

test("a NIC that its domain lost, and a network of libvirt's that was stopped", () => {
  const owner = "urn:pulumi:t::t::pulumi-nodejs:dynamic/kvmnet:VmInterface::vm1";
  const nic = (words: string) =>
    otherwise({ "object objects/nic": [`nic qemu:///system ${words}`, owner, "<interface/>"] });
  expect(complaints(nic("vm1 52:54:00:00:00:77"))).toEqual([]);
  expect(complaints(nic("vm1 52:54:00:00:00:78"))).toEqual([
    'kvmnet-object nic qemu:///system vm1 52:54:00:00:00:78: the domain has no such NIC; of VmInterface "vm1"',
  ]);
  expect(complaints(nic("gone 52:54:00:00:00:77"))).toEqual([expect.stringContaining("libvirt has no such domain")]);
  const network = (...text: string[]) => otherwise({ "object objects/network": ["network default", owner, ...text] });
  expect(complaints(network("active yes"))).toEqual([]);
  expect(complaints(network("active no"))).toEqual([expect.stringContaining("is active, was stopped")]);
  expect(recorded.libvirt).toEqual(["running"]);
});
