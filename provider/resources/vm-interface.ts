import { z } from "zod";
import type { ResourceDefinition } from "../model/resource.ts";
import { deriveMac, interfaceName, ipv4Address, mac, mtu } from "../model/values/net.ts";

const args = z.strictObject({
  domain: z
    .string()
    .min(1)
    .regex(/^[^\n\r/]+$/),
  bridge: interfaceName,
  uri: z
    .string()
    .regex(/^[\w+.-]+:\/\/\S*$/)
    .optional(),
  dhcp: interfaceName.optional(),
  address: ipv4Address.optional(),
  hostname: z
    .string()
    .regex(/^[a-zA-Z0-9-]{1,63}$/)
    .optional(),
  mac: mac.optional(),
  model: z.enum(["virtio", "e1000e", "rtl8139"]).optional(),
  mtu: mtu.optional(),
  linkState: z.enum(["up", "down"]).optional(),
  waitForAddressSeconds: z.number().int().min(0).optional(),
});
type Args = z.output<typeof args> & { mac: string };
const uri = (a: Args) => a.uri ?? "qemu:///system";
const key = (a: Args) => `${a.domain.replaceAll(/[^\w.-]/g, "_")}-${a.mac.replaceAll(":", "")}`;
const leased = (a: Args, text: string) =>
  text
    .split("\n")
    .map((l) => l.split(" "))
    .find((w) => w[1] === a.mac)?.[2];
export const vmInterface: ResourceDefinition<Args> = {
  type: "VmInterface",
  args,
  replaceOn: ["domain"],
  id: (a) => `${a.domain}/${a.mac}`,
  complete: (a, c) => ({ ...a, mac: a.mac ?? deriveMac("52:54:00", c.urn) }),
  mistakes: () => [],
  desired: (a) => [
    {
      noun: "nic",
      uri: uri(a),
      domain: a.domain,
      mac: a.mac,
      bridge: a.bridge,
      ...(!uri(a).startsWith("lxc") && { model: a.model ?? "virtio" }),
      ...(a.mtu !== undefined && { mtu: a.mtu }),
      ...(a.linkState && { linkState: a.linkState }),
    },
    ...(a.dhcp && (a.address || a.hostname)
      ? [
          {
            noun: "reservation" as const,
            name: key(a),
            bridge: a.dhcp,
            mac: a.mac,
            ...(a.address && { address: a.address }),
            ...(a.hostname && { hostname: a.hostname }),
          },
        ]
      : []),
  ],
  expects: (a) => [
    {
      expect: ["domain-exists", uri(a), a.domain],
      explain: (_d, h) => ({ path: "domain", text: `${h} has no domain "${a.domain}" on ${uri(a)}.` }),
    },
    {
      expect: ["link-exists", a.bridge],
      explain: (_d, h) => ({ path: "bridge", text: `there is no bridge ${a.bridge} on ${h}.` }),
    },
  ],
  reads: (a) => [
    ["tap", uri(a), a.domain, a.mac],
    ["domain-state", uri(a), a.domain],
    ["leases", `/var/lib/misc/dnsmasq.${a.dhcp ?? a.bridge}.leases`],
  ],
  outputs: (a, [tap = "", state = "", leases = ""]) => ({
    ...(tap && { tap: tap.trim() }),
    ...((a.address ?? leased(a, leases)) && { address: a.address ?? leased(a, leases) }),
    leasedAddress: leased(a, leases),
    effect: state.trim() === "running" || state.trim() === "paused" ? "live" : "next boot",
  }),
  settle: {
    seconds: (a) => a.waitForAddressSeconds ?? 30,
    settled: (o) => o.leasedAddress !== undefined || o.effect !== "live",
    warning: (a) =>
      `${a.domain} did not ask for an address in ${a.waitForAddressSeconds ?? 30} s; the output follows at the next refresh.`,
  },
};
