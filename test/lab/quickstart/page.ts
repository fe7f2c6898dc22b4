import type { Site } from "./site.ts";

/** The closing page: what stands on the host now, and what to try next. */
export function page(site: Site, outputs: Record<string, unknown>): string {
  return `
What stands on ${site.host} now
  virbr10-dummy   the anchor: a dummy interface that keeps the bridge's MAC address
  virbr10         the bridge, 10.10.10.1/24, kept over reboots
  kvmnet_virbr10  one nftables table: NAT for 10.10.10.0/24, and the forward
  dnsmasq         leases 10.10.10.100-199, reservations, names under lab.internal
  web             the guest, plugged in while it ran: ${String(outputs.address)} (${String(outputs.effect)})
  forward         ${[outputs.endpoints].flat().join(", ")}; from here: ${site.url}

What to try next
  edit examples/quickstart/index.ts, then
  npm run quickstart -- preview --diff     see what would change, line by line
  npm run quickstart -- up                 change it
  ${site.look.padEnd(40)} look around, break something by hand, then
  npm run quickstart -- refresh --diff     see what you broke
  npm run quickstart -- --destroy          take it all away
  KVMNET_HOST=user@host KVMNET_DOMAIN=vm npm run quickstart    the same on a machine of your own
`;
}
