import { z } from "zod";
import type { Mistake, ResourceDefinition } from "../model/resource.ts";
import {
  contains,
  fromInt,
  hostPart,
  int,
  interfaceName,
  ipv4Address,
  ipv4Cidr,
  mac,
  networkOf,
  rangeOf,
} from "../model/values/net.ts";

const line = z.string().regex(/^[^\n\r]*$/, "holds a line break. Write one line an element.");
const args = z.strictObject({
  bridge: interfaceName,
  ipv4Cidr: ipv4Cidr.optional(),
  gateway: ipv4Address.optional(),
  ranges: z.array(z.string()).optional(),
  leaseTimeSeconds: z.number().int().min(120).optional(),
  maxLeases: z.number().int().min(1).optional(),
  reservations: z
    .array(
      z.strictObject({
        mac,
        address: ipv4Address.optional(),
        hostname: z
          .string()
          .regex(/^[a-zA-Z0-9-]{1,63}$/)
          .optional(),
      }),
    )
    .optional(),
  domain: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+$/)
    .optional(),
  authoritative: z.boolean().optional(),
  dns: z.boolean().optional(),
  forwarders: z.array(ipv4Address).optional(),
  hostRecords: z.record(z.string().regex(/^[a-zA-Z0-9.-]+$/), ipv4Address).optional(),
  dhcpOptions: z.record(z.string(), z.union([line, z.array(line)])).optional(),
  extraLines: z.array(line).optional(),
});
type Args = z.output<typeof args>;
const ranges = (a: Args) => {
  if (a.ranges)
    return a.ranges.map((r) => {
      const [first = "", last = ""] = r.split("-");
      return { first, last };
    });
  const r = rangeOf(a.ipv4Cidr ?? "0.0.0.0/32"),
    g = int(a.gateway ?? "0.0.0.0");
  return [
    { first: r.first + 1n, last: g - 1n },
    { first: g + 1n, last: r.last - 1n },
  ]
    .filter((x) => x.first <= x.last)
    .map((x) => ({ first: fromInt(x.first), last: fromInt(x.last) }));
};
export const dnsmasqInstance: ResourceDefinition<Args> = {
  type: "DnsmasqInstance",
  args,
  replaceOn: ["bridge"],
  id: (a) => a.bridge,
  find: (a, facts) => ({
    systemDnsmasq: facts.systemDnsmasq,
    address: facts.addresses.find((x) => x.link === a.bridge)?.address,
  }),
  complete: (a, c) => {
    const at = c.found.address as string | undefined;
    const ipv4 = a.ipv4Cidr ?? (at && networkOf(at)),
      gateway = a.gateway ?? (at && hostPart(at));
    return { ...a, ...(ipv4 && { ipv4Cidr: ipv4 }), ...(gateway && { gateway }) };
  },
  mistakes(a, c) {
    const found: Mistake[] = [];
    if (!a.ipv4Cidr || !a.gateway)
      return [{ path: "bridge", text: `bridge ${a.bridge} has no IPv4 address on ${c.hostName}.` }];
    a.reservations?.forEach((r, i) => {
      if (r.address && !contains(a.ipv4Cidr ?? "", r.address))
        found.push({ path: `reservations[${i}].address`, text: `${r.address} is outside ${a.ipv4Cidr}.` });
    });
    return found;
  },
  desired: (a) => [
    {
      noun: "dhcp",
      bridge: a.bridge,
      serverAddress: a.gateway ?? "",
      ipv4Cidr: a.ipv4Cidr ?? "",
      ranges: ranges(a),
      leaseTimeSeconds: a.leaseTimeSeconds ?? 3600,
      maxLeases: a.maxLeases ?? ranges(a).reduce((n, r) => n + Number(int(r.last) - int(r.first)) + 1, 0),
      reservations: (a.reservations ?? []) as never,
      ...(a.domain && { domain: a.domain }),
      authoritative: a.authoritative ?? true,
      dns: a.dns ?? true,
      forwarders: a.forwarders ?? [],
      hostRecords: a.hostRecords ?? {},
      dhcpOptions: Object.fromEntries(Object.entries(a.dhcpOptions ?? {}).map(([k, v]) => [k, [v].flat()])),
      extraLines: a.extraLines ?? [],
    },
  ],
  expects: () => [
    {
      expect: ["program", "dnsmasq", "dnsmasq-base"],
      explain: (_d, h) => ({ path: "bridge", text: `dnsmasq is not installed on ${h}. Run: apt install dnsmasq-base` }),
    },
  ],
  reads: (a) => [["leases", `/var/lib/misc/dnsmasq.${a.bridge}.leases`]],
  outputs: (a, [text = ""]) => ({
    serverAddress: a.gateway,
    unit: `kvmnet-dnsmasq@${a.bridge}.service`,
    leases: text
      .split("\n")
      .filter((l) => /^\d+ [0-9a-f:]+ [0-9.]+ /.test(l))
      .map((l) => {
        const [exp, m, address, hostname] = l.split(" ");
        return {
          mac: m,
          address,
          ...(hostname !== "*" && { hostname }),
          expiresAt: new Date(Number(exp) * 1000).toISOString(),
        };
      }),
  }),
};
