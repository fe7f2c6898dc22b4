import * as z from "zod";

/** `flags` and `linkinfo` as ip-link(8) prints them with `-json -details`. */
const linksForm = z.array(
  z.object({
    ifname: z.string(),
    ifindex: z.number(),
    flags: z.array(z.string()).default([]),
    mtu: z.number().default(0),
    master: z.string().optional(),
    link: z.string().optional(),
    address: z.string().default(""),
    linkinfo: z
      .object({
        info_kind: z.string().optional(),
        info_slave_kind: z.string().optional(),
        info_data: z
          .looseObject({
            stp_state: z.number().optional(),
            forward_delay: z.number().optional(),
            mcast_snooping: z.number().optional(),
            vlan_filtering: z.number().optional(),
          })
          .optional(),
        info_slave_data: z.looseObject({ state: z.string().optional() }).optional(),
      })
      .optional(),
  }),
);
const addressesForm = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z
      .array(
        z.object({
          local: z.union([z.ipv4(), z.ipv6()]).optional(),
          prefixlen: z.number().optional(),
          scope: z.string().optional(),
          broadcast: z.ipv4().optional(),
          dynamic: z.boolean().optional(),
        }),
      )
      .default([]),
  }),
);
const routesForm = z.array(
  z.looseObject({
    type: z.string().default("unicast"),
    dst: z.string(),
    gateway: z.string().optional(),
    dev: z.string().optional(),
    metric: z.number().default(0),
    table: z.union([z.string(), z.number()]).default("main"),
    protocol: z.union([z.string(), z.number()]).optional(),
    flags: z.array(z.string()).default([]),
  }),
);
const neighboursForm = z.array(
  z.object({
    dst: z.string(),
    dev: z.string().optional(),
    lladdr: z.string().optional(),
    state: z.array(z.string()).default([]),
  }),
);

/** A network interface. */
export interface Link {
  readonly name: string;
  readonly index: number;
  /** `bridge`, `tun`, `veth`, `dummy` … as the kernel calls it; empty for a physical one. */
  readonly kind: string;
  /** It is switched on; `carrier` says whether anything is at its other end. */
  readonly up: boolean;
  /** In bytes. */
  readonly mtu: number;
  readonly carrier: boolean;
  readonly mac: string;
  /** The MAC was set, and does not follow a bridge's ports. */
  readonly macSet: boolean;
  readonly wireless: boolean;
  /** There is hardware behind it. */
  readonly device: boolean;
  readonly master?: string;
  /** Of a bridge. */
  readonly stp?: boolean;
  /** Of a bridge, in seconds. */
  readonly forwardDelaySeconds?: number;
  readonly multicastSnooping?: boolean;
  readonly vlanFiltering?: boolean;
  /** Of a bridge's port: `forwarding`, or what it waits for. */
  readonly portState?: string;
}

/** An address of an interface. */
export interface Address {
  readonly link: string;
  readonly address: string;
  readonly length: number;
  readonly broadcast?: string;
  /** It was leased or advertised, and runs out. */
  readonly dynamic?: boolean;
}

/** An IPv4 route. */
export interface Route {
  readonly prefix: string;
  readonly link: string;
  readonly gateway?: string;
  readonly metric: number;
  readonly table: string;
  /** `unicast`, `blackhole`, `unreachable` … */
  readonly type: string;
}

/** A line of the neighbour table. */
export interface Neighbour {
  readonly address: string;
  readonly link: string;
  readonly mac?: string;
  readonly state: string;
}

/**
 * Reads the interfaces and what `/sys` adds to them, without the one that libvirt before 6.1 gave each of its bridges for its
 * MAC alone, and that is never up. Undefined when the text is not what `ip` prints.
 */
export function parseLinks(json: string, nics: readonly string[]): Link[] | undefined {
  const notes = new Map(nics.map((line) => line.split(" ")).map(([name = "", ...words]) => [name, words]));
  return read(linksForm, json)
    ?.filter(({ ifname, master }) => ifname !== `${master}-nic`)
    .map(({ ifname, ifindex, flags, mtu, linkinfo, master, address }) => {
      const [assigned, radio, device] = notes.get(ifname) ?? [];
      const data = linkinfo?.info_data;
      const bridge = linkinfo?.info_kind === "bridge";
      const state = linkinfo?.info_slave_kind === "bridge" ? linkinfo.info_slave_data?.state : undefined;
      return {
        ...{ name: ifname, index: ifindex, kind: linkinfo?.info_kind ?? "", mac: address.toLowerCase() },
        ...{ mtu, up: flags.includes("UP"), carrier: flags.includes("LOWER_UP"), macSet: assigned === "3" },
        ...{ wireless: radio === "wireless", device: device === "device" },
        ...(master !== undefined && { master }),
        ...(bridge && data?.stp_state !== undefined && { stp: data.stp_state !== 0 }),
        ...(bridge && data?.forward_delay !== undefined && { forwardDelaySeconds: data.forward_delay / 100 }),
        ...(bridge && data?.mcast_snooping !== undefined && { multicastSnooping: data.mcast_snooping !== 0 }),
        ...(bridge && data?.vlan_filtering !== undefined && { vlanFiltering: data.vlan_filtering !== 0 }),
        ...(state !== undefined && { portState: state }),
      };
    });
}

/** Reads the addresses of one family, without those of link scope and the loopback. */
export function parseAddresses(json: string): Address[] | undefined {
  return read(addressesForm, json)?.flatMap(({ ifname = "", addr_info }) =>
    addr_info.flatMap(({ local, prefixlen, scope, broadcast, dynamic }) =>
      local !== undefined && prefixlen !== undefined && scope === "global"
        ? [
            {
              ...{ link: ifname, address: local, length: prefixlen },
              ...(broadcast !== undefined && { broadcast }),
              ...(dynamic !== undefined && { dynamic }),
            },
          ]
        : [],
    ),
  );
}

/** Reads the IPv4 routes of all tables but `local`. */
export function parseRoutes(json: string): Route[] | undefined {
  return read(routesForm, json)
    ?.filter(({ table, type }) => table !== "local" && !["local", "broadcast", "multicast"].includes(type))
    .map(({ dst, dev, gateway, metric, table, type }) => ({
      prefix: dst === "default" ? "0.0.0.0/0" : dst.includes("/") ? dst : `${dst}/32`,
      ...{ link: dev ?? "", metric, table: String(table), type },
      ...(gateway !== undefined && { gateway }),
    }));
}

/** Reads the neighbour table. */
export function parseNeighbours(json: string): Neighbour[] | undefined {
  return read(neighboursForm, json)?.map(({ dst, dev, lladdr, state }) => ({
    ...{ address: dst, link: dev ?? "", state: state[0] ?? "" },
    ...(lladdr !== undefined && { mac: lladdr.toLowerCase() }),
  }));
}

/** What the JSON says, if it has the form. */
export function read<T extends z.ZodType>(form: T, json: string): z.output<T> | undefined {
  try {
    return form.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
