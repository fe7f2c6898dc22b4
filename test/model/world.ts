/** What was asked for, in the model's own words. Nothing here knows how the product does it. */
export interface World {
  readonly bridges: Map<string, { address: string; mtu: number }>;
  /** Networks that are translated, by bridge. */
  readonly networks: Map<string, { exempt: string[] }>;
  readonly servers: Map<string, { leaseTimeSeconds: number; reservations: { mac: string; address: string }[] }>;
  readonly forwards: Map<string, { bridge: string; port: number; guest: string; targetPort: number }>;
}

export type Kind = keyof World;
/** One resource: which, and its number there. */
export interface Thing {
  readonly kind: Kind;
  readonly key: string;
}

/** Everything that may be made: two networks, one of them with forwards. */
export const universe: readonly Thing[] = [
  ...["br0", "br1"].flatMap((key) => (["bridges", "networks", "servers"] as const).map((kind) => ({ kind, key }))),
  ...["f0", "f1", "f2"].map((key) => ({ kind: "forwards" as const, key })),
];

export const emptyWorld = (): World => ({
  bridges: new Map(),
  networks: new Map(),
  servers: new Map(),
  forwards: new Map(),
});

export const stands = (world: World, { kind, key }: Thing): boolean => world[kind].has(key);

/** What it needs: a bridge, or the network that a forward is in. */
export function needs({ kind, key }: Thing): Thing | undefined {
  if (kind === "bridges") return undefined;
  return kind === "forwards" ? { kind: "networks", key: "br0" } : { kind: "bridges", key };
}

/** What must go before it. */
export const dependents = (world: World, thing: Thing): Thing[] =>
  universe.filter((other) => {
    const needed = needs(other);
    return stands(world, other) && needed?.kind === thing.kind && needed.key === thing.key;
  });

export const network = (bridge: string): string => (bridge === "br0" ? "10.60.0" : "10.61.0");

/** Notes what is wanted of the thing; each `value` makes it another one. */
export function want(world: World, { kind, key }: Thing, value: number): void {
  if (kind === "bridges") world.bridges.set(key, { address: `${network(key)}.1/24`, mtu: 1500 - 10 * (value % 7) });
  if (kind === "networks") world.networks.set(key, { exempt: value % 3 ? [`10.${100 + (value % 50)}.0.0/16`] : [] });
  if (kind === "servers")
    world.servers.set(key, { leaseTimeSeconds: 600 + (value % 5), reservations: reserved(key, value) });
  if (kind === "forwards") {
    const port = 7000 + 100 * Number(key.slice(1)) + (value % 100);
    world.forwards.set(key, {
      bridge: "br0",
      port,
      guest: `10.60.0.${10 + (value % 4)}`,
      targetPort: 80 + (value % 2),
    });
  }
}

function reserved(bridge: string, value: number): { mac: string; address: string }[] {
  return Array.from({ length: value % 4 }, (_, n) => ({
    mac: `52:54:00:00:00:0${n}`,
    address: `${network(bridge)}.${20 + n + (value % 30)}`,
  }));
}

/** The resource as a program declares it. */
export function declared(
  world: World,
  { kind, key }: Thing,
): { type: string; name: string; args: Record<string, unknown> } {
  const bridge = world.bridges.get(key);
  const subnet = `${network(key)}.0/24`;
  switch (kind) {
    case "bridges":
      return { type: "Bridge", name: key, args: { addresses: [bridge?.address], mtu: bridge?.mtu } };
    case "networks":
      return {
        ...{ type: "NatNetwork", name: key },
        args: { bridge: key, ipv4Cidr: subnet, natExemptRanges: world.networks.get(key)?.exempt },
      };
    case "servers":
      return {
        ...{ type: "DnsmasqInstance", name: key },
        args: { bridge: key, ipv4Cidr: subnet, gateway: `${network(key)}.1`, ...world.servers.get(key) },
      };
    case "forwards": {
      const {
        bridge: at,
        port,
        guest,
        targetPort,
      } = world.forwards.get(key) ?? { bridge: "", port: 0, guest: "", targetPort: 0 };
      return { type: "PortForward", name: key, args: { network: at, target: guest, ports: [{ port, targetPort }] } };
    }
  }
}
