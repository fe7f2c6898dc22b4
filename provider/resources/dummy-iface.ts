import { z } from "zod";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { interfaceAddress } from "../model/values/address.ts";
import { interfaceName } from "../model/values/name.ts";
import { broadcastOf } from "../model/values/prefix.ts";
import {
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

/** A dummy interface: the anchor that gives a bridge a stable MAC address (ip-link(8)). */
export const dummyIface: ResourceDefinition<Args> = {
  type: "DummyIface",
  args,
  replaceOn: ["name"],
  id: ({ name }) => name,
  find: ({ backend }, facts) => linkKeeper(backend, facts),
  complete: (given, context) => ({ ...given, ...nameLink(given, context) }),
  mistakes: ({ name, addresses = [] }, context, facts) => [
    ...nameMistakes(name),
    ...routeMistakes([name], addresses, context, facts),
  ],
  desired: ({ name, mac, mtu, bridge, addresses = [] }) => [
    {
      noun: "link",
      type: "dummy",
      name,
      mac,
      ports: [],
      ...(mtu !== undefined && { mtu }),
      ...(bridge !== undefined && { master: bridge }),
      addresses: addresses.map((address) => ({
        address,
        ...(!address.includes(":") && { broadcast: broadcastOf(address) }),
      })),
    },
  ],
  claims: ({ name, addresses = [] }) => subnetClaims(name, subnetsOf(addresses.map((address) => ({ address })))),
  expects: ({ name, bridge, addresses = [] }) => [
    ...(bridge === undefined ? [] : [bridgeExists(bridge)]),
    ...routeExpectations(
      name,
      addresses.map((address) => ({ address })),
    ),
  ],
  reads: () => [],
  outputs: () => ({}),
};

function bridgeExists(bridge: string): Expectation {
  return {
    expect: ["link-exists", bridge],
    explain: (_, host) => ({ path: "bridge", text: `there is no bridge ${bridge} on ${host}. Make it first.` }),
  };
}
