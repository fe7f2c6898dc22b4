import { z } from "zod";
import type { ResourceDefinition } from "../model/resource.ts";
import { broadcastOf, deriveMac, interfaceAddress, interfaceName, mac, macPrefix, mtu } from "../model/values/net.ts";

const args = z.strictObject({
  name: interfaceName.optional(),
  mac: mac.optional(),
  macPrefix: macPrefix.optional(),
  mtu: mtu.optional(),
  addresses: z.array(interfaceAddress).optional(),
  bridge: interfaceName.optional(),
  backend: z.enum(["networkd", "systemd"]).optional(),
});
type Args = z.output<typeof args> & { name: string; mac: string };

export const dummyIface: ResourceDefinition<Args> = {
  type: "DummyIface",
  args,
  replaceOn: ["name"],
  id: (a) => a.name,
  find: (a, facts) => ({ backend: a.backend ?? (facts.links === "networkd" ? "networkd" : "systemd") }),
  complete: (a, c) => ({ ...a, name: a.name ?? c.name, mac: a.mac ?? deriveMac(a.macPrefix ?? "52:54:00", c.urn) }),
  mistakes: (a) => {
    const p = interfaceName.safeParse(a.name);
    return p.success ? [] : [{ path: "name", text: p.error.issues[0]?.message ?? "" }];
  },
  desired: (a) => [
    {
      noun: "link",
      name: a.name,
      type: "dummy",
      mac: a.mac,
      ports: [],
      ...(a.mtu !== undefined && { mtu: a.mtu }),
      addresses: (a.addresses ?? []).map((address) => ({
        address,
        ...(!address.includes(":") && { broadcast: broadcastOf(address) }),
      })),
      ...(a.bridge && { master: a.bridge }),
    },
  ],
  expects: () => [],
  reads: () => [],
  outputs: () => ({}),
};
