import { z } from "zod";
import type { ResourceDefinition } from "../model/resource.ts";
import { interfaceName, ipv4Cidr, networkOf, sourceRange } from "../model/values/net.ts";
import type { Port } from "../model/values/port.ts";

export const portNumber = (n: number) => Number.isInteger(n) && n >= 1 && n <= 65535;
export const port = z.union([z.number(), z.string()]).transform((v, c): Port => {
  const text = String(v);
  const m = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(m?.[1]),
    last = Number(m?.[2] ?? m?.[1]);
  if (!m) c.addIssue({ code: "custom", message: `${JSON.stringify(v)} is not a port or a range such as "8000-8100".` });
  else if (!portNumber(first) || !portNumber(last))
    c.addIssue({ code: "custom", message: `${text} is not a port; ports are 1 to 65535.` });
  else if (last < first) c.addIssue({ code: "custom", message: `${text} runs backwards. Write "${last}-${first}".` });
  return { first, last };
});
const rule = z.strictObject({
  action: z.enum(["accept", "reject", "drop"]).default("accept"),
  protocol: z.enum(["tcp", "udp", "both", "icmp", "any"]).optional(),
  ports: z.array(port).default([]),
  sourceRanges: z.array(sourceRange).default([]),
  destinationRanges: z.array(sourceRange).default([]),
});
const args = z.strictObject({
  bridge: interfaceName,
  mode: z.literal("nat", { error: 'only "nat" is built yet' }).optional(),
  ipv4Cidr: ipv4Cidr.optional(),
  uplinks: z.union([z.array(interfaceName), z.literal("any")]).optional(),
  natPorts: z.string().optional(),
  natExemptRanges: z.array(sourceRange).optional(),
  guestToGuest: z.enum(["allow", "deny"]).optional(),
  hostServices: z.array(rule).optional(),
  backend: z.enum(["nftables"]).optional(),
});
type Args = z.output<typeof args>;
const table = (bridge: string) => `kvmnet_${bridge.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
export const natNetwork: ResourceDefinition<Args> = {
  type: "NatNetwork",
  args,
  replaceOn: ["bridge"],
  id: (a) => a.bridge,
  find: (a, facts) => ({
    backend: "nftables",
    ipv4Cidr: a.ipv4Cidr ?? facts.addresses.filter((x) => x.link === a.bridge).map((x) => networkOf(x.address))[0],
  }),
  complete: (a, c) => {
    const cidr = a.ipv4Cidr ?? (c.found.ipv4Cidr as string | undefined);
    return { ...a, ...(cidr && { ipv4Cidr: cidr }) };
  },
  mistakes: (a, c) =>
    a.ipv4Cidr
      ? []
      : [
          {
            path: "ipv4Cidr",
            text: `bridge ${a.bridge} has no IPv4 address on ${c.hostName}. Give the network's, such as 10.10.10.0/24.`,
          },
        ],
  desired: (a) => [
    {
      noun: "nat",
      bridge: a.bridge,
      ipv4Cidr: a.ipv4Cidr ?? "",
      uplinks: a.uplinks ?? "any",
      natPorts: a.natPorts ?? "1024-65535",
      natExemptRanges: a.natExemptRanges ?? [],
      guestToGuest: a.guestToGuest ?? "allow",
      hostServices: (a.hostServices ?? []).map((r) => ({
        ...r,
        protocol: r.protocol ?? (r.ports.length ? "tcp" : "any"),
      })),
    },
  ],
  expects: () => [
    {
      expect: ["program", "nft", "nftables"],
      explain: (_d, h) => ({ path: "bridge", text: `nft is not installed on ${h}. Run: apt install nftables` }),
    },
  ],
  reads: (a) => [["blockers", a.bridge]],
  outputs: (a) => ({ table: table(a.bridge), blockers: [] }),
};
