import { z } from "zod";
import type { Expectation } from "../model/resource.ts";
import { shown } from "../model/values/shown.ts";

export const firewalls = ["docker", "firewalld", "iptables", "nftables", "ufw"] as const;
export type Firewall = (typeof firewalls)[number];

/** Other firewalls of the host that are to let the bridge's packets through. */
export const coexist = z
  .array(z.enum(firewalls))
  .refine((given) => new Set(given).size === given.length, {
    error: ({ input }) => `${shown(input)} names one twice. Name each once.`,
  })
  .optional()
  .describe(
    "Other firewalls that get the smallest entry for this bridge; iptables and nftables are rules of the host's own. Default: none; what blocks is named.",
  );

/** What each needs on the host. Docker may come later; iptables is what it needs itself. */
const needed: Readonly<Record<Firewall, readonly [program: string, debianPackage: string]>> = {
  docker: ["iptables", "iptables"],
  firewalld: ["firewall-cmd", "firewalld"],
  iptables: ["iptables", "iptables"],
  nftables: ["nft", "nftables"],
  ufw: ["ufw", "ufw"],
};

export function coexistExpectations(beside: readonly Firewall[]): Expectation[] {
  return beside.map((firewall, index) => ({
    expect: ["program", ...needed[firewall]],
    explain: (_, host) => ({
      path: `coexist[${index}]`,
      text: `${needed[firewall][0]} is not installed on ${host}, so nothing of ${firewall} is in the way. Leave it out.`,
    }),
  }));
}
