import type { Dhcp, Reservation } from "./dhcp.ts";
import type { GuestPolicy, HostPolicy, Pass } from "./filter.ts";
import type { Forward, Group, Intercept } from "./forward.ts";
import type { LibvirtNetwork, Nic } from "./libvirt.ts";
import type { Link } from "./link.ts";
import type { Nat } from "./nat.ts";

/**
 * The nouns that resources and backends share. A resource says what it wants in these; a backend turns each into host
 * objects. All values are validated and canonical (MACs and IPv6 lower case, prefixes with their host bits as meant).
 */
export type Noun =
  | Link
  | Nat
  | Pass
  | HostPolicy
  | GuestPolicy
  | Forward
  | Group
  | Intercept
  | Dhcp
  | Reservation
  | LibvirtNetwork
  | Nic;
