import type { Lease } from "../model/leases.ts";
import { serves } from "./picture/dnsmasq.ts";
import type { Picture } from "./picture/picture.ts";

/** Leases on a bridge, from its dnsmasq's file or libvirt's own list; `current`: they have not run out. */
export function leasesOn(picture: Picture, bridge: string): (Lease & { readonly current: boolean })[] {
  const own = picture.dnsmasqs.filter((one) => serves(one, bridge)).flatMap(({ leases }) => leases);
  const all = [...own, ...(picture.statuses[bridge] ?? [])];
  return all.map((lease) => ({
    ...lease,
    current: lease.expiresAt === undefined || Date.parse(lease.expiresAt) > picture.now.getTime(),
  }));
}
