/** Quick hosts: see `QuickHost`. */
export { type DomainOptions, domainXml, startPausedDomain } from "./domain.ts";
export type { EnterOptions, Said } from "./enter.ts";
export type { HostFile } from "./files.ts";
export { type GuestOptions, QuickHost, type QuickHostOptions } from "./host.ts";
export { Guest, type Lease, Peer } from "./peer.ts";
export { UPLINK } from "./protocol.ts";
export { RequestCounter } from "./requests.ts";
export { whatIsMissing } from "./rights.ts";
export { type Difference, differences, type Snapshot } from "./snapshot.ts";
export { SPARE_PORT } from "./spare-port.ts";
export { losses } from "./transfer.ts";
