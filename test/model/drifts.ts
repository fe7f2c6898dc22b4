import type { Kind, World } from "./world.ts";

/** Something that somebody else does to one of our objects. */
export interface Drift {
  readonly kind: Kind;
  readonly told: string;
  command(world: World, key: string): string;
}

/** The masquerade is the one that a network cannot do without. */
const firstRule = (table: string) =>
  `handle=$(nft -a list chain inet ${table} postrouting | sed -n 's/.*masquerade.*# handle //p' | head -n 1) && ` +
  `nft delete rule inet ${table} postrouting handle $handle`;

export const drifts = {
  "lose a rule": { kind: "networks", told: "lost a rule", command: (_, key) => firstRule(`kvmnet_${key}`) },
  "lose an element": {
    kind: "forwards",
    told: "lost an element",
    command: ({ forwards }, key) => `nft delete element inet kvmnet_br0 any4 "{ tcp . ${forwards.get(key)?.port} }"`,
  },
  "lose a file": {
    kind: "servers",
    told: "lost a file",
    command: (_, key) => `rm /etc/dnsmasq.d-available/kvmnet-${key}.hosts/static`,
  },
  "lose an address": {
    kind: "bridges",
    told: "lost an address",
    command: ({ bridges }, key) => `ip addr del ${bridges.get(key)?.address} dev ${key}`,
  },
  "change an mtu": { kind: "bridges", told: "changed the mtu", command: (_, key) => `ip link set ${key} mtu 1300` },
} satisfies Record<string, Drift>;
