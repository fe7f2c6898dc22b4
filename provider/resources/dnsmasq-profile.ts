import type { Expectation } from "../model/resource.ts";

/** Where Debian's AppArmor profile of dnsmasq (package apparmor-profiles) looks for a host's own rules; see apparmor.d(5). */
const LOCAL = "/etc/apparmor.d/local/usr.sbin.dnsmasq";

/** A profile in force may keep dnsmasq from the directory (with `/` at its end): it would crash, or not find what is there. */
export function mayRead(directory: string, argument: string): Expectation {
  const rules = `${directory} r, ${directory}** r,`;
  return {
    expect: ["dnsmasq-reads", directory],
    explain: (found, host) => ({
      path: argument,
      text: `dnsmasq is kept from ${directory} on ${host} (${found}). If AppArmor does it, put this into ${LOCAL} there: ${rules} Then run: systemctl reload apparmor`,
    }),
  };
}
