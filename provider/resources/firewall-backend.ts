import { z } from "zod";

/** There is one, and what people ask for instead gets on with it. */
export const firewallBackend = z
  .enum(["nftables"], {
    error: ({ input }) =>
      input === "iptables"
        ? '"iptables" is no backend here: our rules are nftables\' own, beside those of iptables, which stay. Leave it out; where iptables drops guests, add coexist: ["iptables"] to their NatNetwork.'
        : undefined,
  })
  .optional()
  .describe("Default: nftables.");
