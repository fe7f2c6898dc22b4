import { z } from "zod";
import type { Mistake, ResourceDefinition } from "../model/resource.ts";
import {
  broadcastOf,
  deriveMac,
  hostPart,
  interfaceAddress,
  interfaceName,
  ipv4Address,
  mac,
  macPrefix,
  mtu,
  networkOf,
  overlaps,
} from "../model/values/net.ts";

const address = z.union([
  interfaceAddress,
  z.strictObject({ address: interfaceAddress, broadcast: ipv4Address.optional() }),
]);
const args = z.strictObject({
  name: interfaceName.optional(),
  mac: mac.optional(),
  macPrefix: macPrefix.optional(),
  ports: z.array(interfaceName).optional(),
  addresses: z.array(address).optional(),
  stp: z.boolean().optional(),
  forwardDelaySeconds: z.number().int().optional(),
  mtu: mtu.optional(),
  multicastSnooping: z.boolean().optional(),
  backend: z.enum(["networkd", "systemd"]).optional(),
});
type Args = z.output<typeof args> & { name: string; mac: string };
const flat = (a: Args) => (a.addresses ?? []).map((x) => (typeof x === "string" ? { address: x } : x));
const first4 = (a: Args) =>
  flat(a)
    .map((x) => x.address)
    .find((x) => !x.includes(":"));
const first6 = (a: Args) =>
  flat(a)
    .map((x) => x.address)
    .find((x) => x.includes(":"));

export const bridge: ResourceDefinition<Args> = {
  type: "Bridge",
  args,
  replaceOn: ["name"],
  id: (a) => a.name,
  find: (a, facts) => ({ backend: a.backend ?? (facts.links === "networkd" ? "networkd" : "systemd") }),
  complete: (a, c) => ({ ...a, name: a.name ?? c.name, mac: a.mac ?? deriveMac(a.macPrefix ?? "52:54:00", c.urn) }),
  mistakes(a, context, facts) {
    const found: Mistake[] = [];
    const name = interfaceName.safeParse(a.name);
    if (!name.success) found.push({ path: "name", text: name.error.issues[0]?.message ?? "" });
    const delay = a.forwardDelaySeconds;
    if (delay !== undefined && (delay < (a.stp ? 2 : 0) || delay > 30))
      found.push({
        path: "forwardDelaySeconds",
        text: `${delay} is too ${delay > 30 ? "high" : "low"} with${a.stp ? "" : "out"} stp; the kernel allows ${a.stp ? 2 : 0} to 30.`,
      });
    flat(a).forEach(({ address: cidr }, index) => {
      if (cidr.includes(":")) return;
      const route = facts?.routes.find(
        (r) => r.link !== a.name && !r.prefix.endsWith("/0") && overlaps(r.prefix, cidr),
      );
      if (route)
        found.push({
          path: `addresses[${index}]`,
          text: `${networkOf(cidr)} overlaps ${context.hostName}'s route ${route.prefix} on ${route.link}. Choose another network.`,
        });
    });
    a.ports?.forEach((port, index) => {
      const carried = facts?.addresses.find((x) => x.link === port);
      if (carried)
        found.push({
          path: `ports[${index}]`,
          text: `${port} carries ${context.hostName}'s address ${hostPart(carried.address)}. Choose an interface without an address.`,
        });
    });
    return found;
  },
  desired: (a) => [
    {
      noun: "link",
      name: a.name,
      type: "bridge",
      mac: a.mac,
      ports: a.ports ?? [],
      ...(a.mtu !== undefined && { mtu: a.mtu }),
      stp: a.stp ?? false,
      forwardDelaySeconds: a.forwardDelaySeconds ?? (a.stp ? 2 : 0),
      ...(a.multicastSnooping !== undefined && { multicastSnooping: a.multicastSnooping }),
      addresses: flat(a).map((x) => ({
        address: x.address,
        ...(!x.address.includes(":") && { broadcast: ("broadcast" in x && x.broadcast) || broadcastOf(x.address) }),
      })),
    },
  ],
  expects: (a) =>
    (a.ports ?? []).flatMap((port, index) => [
      {
        expect: ["link-exists", port] as const,
        explain: () => ({ path: `ports[${index}]`, text: `there is no interface ${port} on the host.` }),
      },
      {
        expect: ["link-bare", port] as const,
        explain: (d: string, h: string) => ({ path: `ports[${index}]`, text: `${port} carries ${h}'s address ${d}.` }),
      },
    ]),
  reads: () => [],
  outputs: (a) => ({
    ...(first4(a) && { ipv4Cidr: networkOf(first4(a) ?? ""), gateway: hostPart(first4(a) ?? "") }),
    ...(first6(a) && { ipv6Cidr: first6(a) }),
  }),
};
