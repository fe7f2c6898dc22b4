import { z } from "zod";
import type { Claim } from "../model/claims.ts";
import type { Mistake, ResourceDefinition } from "../model/resource.ts";
import { contains, interfaceName, ipv4Address, ipv4Cidr, sourceRange } from "../model/values/net.ts";
import { port } from "./nat-network.ts";

const proto = z.enum(["tcp", "udp", "both"]);
const args = z.strictObject({
  name: z.string().min(1).max(64).optional(),
  network: interfaceName,
  subnet: ipv4Cidr.optional(),
  target: ipv4Address,
  ports: z
    .array(z.union([port, z.strictObject({ port, targetPort: port.optional(), protocol: proto.optional() })]))
    .min(1),
  protocol: proto.optional(),
  listenAddresses: z.array(ipv4Address).optional(),
  sourceRanges: z.array(sourceRange).optional(),
  reachableFrom: z.array(z.enum(["lan", "host", "guests"])).optional(),
});
type Args = z.output<typeof args> & { name: string };
const entries = (a: Args) =>
  a.ports.flatMap((p, index) => {
    const m = "port" in p ? p : { port: p };
    const protocol = ("protocol" in m && m.protocol) || a.protocol || "tcp";
    const targetPort = ("targetPort" in m && m.targetPort) || m.port;
    return (protocol === "both" ? (["tcp", "udp"] as const) : [protocol]).map((q) => ({
      index,
      protocol: q,
      port: m.port,
      targetPort,
    }));
  });
const size = (p: { first: number; last: number }) => p.last - p.first + 1;
export const portForward: ResourceDefinition<Args> = {
  type: "PortForward",
  args,
  replaceOn: ["name", "network"],
  id: (a) => `${a.network}/${a.name}`,
  complete: (a, c) => ({ ...a, name: a.name ?? c.name }),
  mistakes(a) {
    const found: Mistake[] = [];
    if (a.target.startsWith("127."))
      found.push({
        path: "target",
        text: `${a.target} is the host's loopback, which only an intercept may reach. Add intercept: [...], or use a guest's address.`,
      });
    else if (a.subnet && !contains(a.subnet, a.target))
      found.push({ path: "target", text: `${a.target} is outside ${a.subnet} of network "${a.network}".` });
    for (const e of entries(a))
      if (size(e.port) !== size(e.targetPort))
        found.push({
          path: `ports[${e.index}]`,
          text: `range ${e.port.first}-${e.port.last} has ${size(e.port)} ports, targetPort ${e.targetPort.first}-${e.targetPort.last} has ${size(e.targetPort)}. Make them equal, or leave targetPort out.`,
        });
    return found;
  },
  claims: (a): Claim[] =>
    entries(a).flatMap((e) =>
      (a.listenAddresses?.length ? a.listenAddresses : ["any"]).map((scope) => ({
        space: e.protocol,
        scope,
        first: e.port.first,
        last: e.port.last,
        holder: `${a.target}:${e.targetPort.first} (PortForward "${a.name}")`,
        path: `ports[${e.index}]`,
      })),
    ),
  desired: (a) => [
    {
      noun: "forward",
      name: a.name,
      bridge: a.network,
      target: a.target,
      ports: entries(a).map(({ protocol, port: p, targetPort }) => ({ protocol, port: p, targetPort })),
      listenAddresses: a.listenAddresses ?? [],
      sourceRanges: a.sourceRanges ?? [],
      reachableFrom: a.reachableFrom ?? ["lan", "host", "guests"],
    },
  ],
  expects: (a) =>
    entries(a).flatMap((e) =>
      (a.listenAddresses?.length ? a.listenAddresses : ["0.0.0.0"]).map((at) => ({
        expect: ["port-free", e.protocol, at, e.port.first, e.port.last] as const,
        explain: (d: string, h: string) => ({ path: `ports[${e.index}]`, text: `${d} on ${h}. Choose another port.` }),
      })),
    ),
  reads: () => [["addresses"]],
  outputs: (a) => ({
    endpoints: entries(a).map((e) => `${e.protocol} *:${e.port.first} → ${a.target}:${e.targetPort.first}`),
    via: "nat",
  }),
};
