import type { Expectation } from "../model/resource.ts";

/** What resources of several kinds want of their host. */

export const nftInstalled: Expectation = {
  expect: ["program", "nft", "nftables"],
  explain: (_, host) => ({
    path: "backend",
    text: `nft is not installed on ${host}. Run there: apt install nftables`,
  }),
};

/** The bridge that the argument `bridge` names. */
export function bridgeExists(bridge: string): Expectation {
  return {
    expect: ["link-exists", bridge],
    explain: (_, host) => ({ path: "bridge", text: `there is no bridge ${bridge} on ${host}. Make it first.` }),
  };
}
