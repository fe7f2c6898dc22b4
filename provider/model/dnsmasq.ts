/**
 * Where the dnsmasq of a bridge keeps its things: under paths that its usual AppArmor profile allows, but for the reservations,
 * since it lets nothing be read from a directory that more than one resource could fill (docs/hosts.md).
 */
export const dnsmasqConf = (bridge: string) => `/etc/dnsmasq.d-available/kvmnet-${bridge}.conf`;
/** A directory: every file in it holds reservations, and all are read again on SIGHUP (dnsmasq(8), --dhcp-hostsfile). */
export const dnsmasqHosts = (bridge: string) => `/etc/dnsmasq.d-available/kvmnet-${bridge}.hosts/`;
export const dnsmasqLeases = (bridge: string) => `/var/lib/misc/dnsmasq.${bridge}.leases`;
export const dnsmasqUnit = (bridge: string) => `kvmnet-dnsmasq@${bridge}.service`;
