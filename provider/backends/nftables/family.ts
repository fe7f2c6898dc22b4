import type { Nat } from "../../model/nouns/nat.ts";

/** One address family of a network, in nft's words. */
export interface Family {
  readonly ip: "ip" | "ip6";
  /** Ending of the names of its maps and sets. */
  readonly digit: "4" | "6";
  /** nft's type of an address. */
  readonly type: "ipv4_addr" | "ipv6_addr";
  /** Where the host reaches itself. */
  readonly loopback: string;
  /** What no router translates: local multicast and broadcast. */
  readonly local: readonly string[];
}

const families: readonly Family[] = [
  {
    ...{ ip: "ip", digit: "4", type: "ipv4_addr", loopback: "127.0.0.0/8" },
    local: ["224.0.0.0/24", "255.255.255.255"],
  },
  { ...{ ip: "ip6", digit: "6", type: "ipv6_addr", loopback: "::1" }, local: ["ff02::/16"] },
];

/** The family of an address or a prefix. */
export function isOf({ ip }: Family, address: string): boolean {
  return address.includes(":") === (ip === "ip6");
}

/** Ending of the names of maps and sets that an address belongs in. */
export function digitOf(address: string): Family["digit"] {
  return address.includes(":") ? "6" : "4";
}

/** The family of an address. */
export function familyOf(address: string): Family {
  const family = families.find((one) => isOf(one, address));
  if (!family) throw new TypeError(`of no family: ${address}`);
  return family;
}

/** The families that a network has a prefix of. */
export function familiesOf({ ipv4Cidr, ipv6Cidr }: Nat): (Family & { readonly cidr: string })[] {
  return families.flatMap((family) => {
    const cidr = family.ip === "ip" ? ipv4Cidr : ipv6Cidr;
    return cidr ? [{ ...family, cidr }] : [];
  });
}
