import { z } from "zod";
import type { ResourceDefinition } from "../model/resource.ts";
import { interfaceAddress } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { bridgeExists } from "./host-expectations.ts";
import {
  backendMistakes,
  interfaceAddresses,
  linkArgs,
  linkKeeper,
  type NamedLink,
  nameLink,
  nameMistakes,
  routeExpectations,
  routeMistakes,
} from "./link-args.ts";
import { subnetClaims, subnetsOf } from "./subnet-claims.ts";

const args = z.strictObject({
  ...linkArgs,
  addresses: z.array(interfaceAddress).optional().describe("Addresses with prefix length, such as 10.10.10.1/24."),
  bridge: interfaceName.optional().describe("A bridge that no resource declares, which the interface joins."),
});
type Args = z.output<typeof args> & NamedLink;

/** A dummy interface: a port of a bridge that is always there, or a link for addresses of the host's own (ip-link(8)). */
export const dummyIface: ResourceDefinition<Args> = {
  type: "DummyIface",
  args,
  replaceOn: ["name"],
  id: ({ name }) => name,
  judgeOn: ["addresses"],
  find: ({ backend }, facts) => linkKeeper(backend, facts),
  complete: (given, context) => ({ ...given, ...nameLink(given, context) }),
  mistakes: ({ name, backend, addresses = [] }, context, facts) => [
    ...nameMistakes(name),
    ...backendMistakes({ name, backend }, context),
    ...routeMistakes([name], addresses, context, facts),
  ],
  desired: ({ name, mac, mtu, bridge, addresses }) => [
    {
      noun: "link",
      type: "dummy",
      name,
      mac,
      ports: [],
      ...(mtu !== undefined && { mtu }),
      ...(bridge !== undefined && { master: bridge }),
      addresses: interfaceAddresses(addresses),
    },
  ],
  claims: ({ name, addresses }) => subnetClaims(name, subnetsOf(interfaceAddresses(addresses))),
  expects: ({ name, bridge, addresses }) => [
    ...(bridge === undefined ? [] : [bridgeExists(bridge)]),
    ...routeExpectations(name, interfaceAddresses(addresses)),
  ],
  reads: () => [],
  outputs: () => ({}),
};
