import type { Mistake } from "../model/mistake.ts";
import type { Expectation } from "../model/resource.ts";

/** What the host's own resolution of a network's domain depends on. */
interface Given {
  readonly resolveOnHost?: boolean | undefined;
  readonly domain?: string | undefined;
  readonly dns?: boolean | undefined;
  readonly authoritative?: boolean | undefined;
}

export function resolveMistakes({ resolveOnHost, domain, dns, authoritative }: Given): Mistake[] {
  if (!resolveOnHost) return [];
  const refuse = (text: string) => [{ path: "resolveOnHost", text }];
  if (domain === undefined) return refuse("needs a domain whose names the host asks for here. Set domain.");
  if (dns === false) return refuse("needs dns, which is false. Leave dns out.");
  // What dnsmasq does not know it would ask the host for, who would ask dnsmasq.
  if (authoritative === false) return refuse("would send names in circles with authoritative: false. Leave that out.");
  return [];
}

export const resolvedRuns: Expectation = {
  expect: ["unit-active", "systemd-resolved.service"],
  explain: (_, host) => ({
    path: "resolveOnHost",
    text: `systemd-resolved does not run on ${host}. Run there: apt install systemd-resolved && systemctl enable --now systemd-resolved. Or leave resolveOnHost out, and ask dnsmasq itself.`,
  }),
};
