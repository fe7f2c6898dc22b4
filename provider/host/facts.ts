import { isIP } from "node:net";
import * as z from "zod";
import { KvmnetError } from "../model/error.ts";
import type { Facts, LinkBackend, Profile } from "../model/facts.ts";
import { printable } from "./words.ts";

/** A host's facts, line by line: `runtime/facts.sh` says what they look like. */
export type FactLines = Readonly<Record<string, readonly string[]>>;

const link = z.string().regex(/^[\w.@:+-]{1,15}$/);
const owner = z.enum(["networkd", "networkmanager", "ifupdown", "none"]);
const source = z.enum(["static", "dynamic"]);
const cidr = z.union([z.cidrv4(), z.cidrv6()]);
const ip = z.union([z.ipv4(), z.ipv6()]);
/** A link-local address comes with its link. */
const peer = z.string().refine((text) => isIP(text.replace(/%[\w.-]{1,15}$/, "")) !== 0, "no address");
const keyfileLine = z.string().regex(/^\P{Cc}*$/u);
const wireForm = z.object({
  "machine-id": z.tuple([z.string().regex(/^[\w.-]{1,200}$/)], "no machine id"),
  init: z.array(z.string()).default([]),
  uplink: words(z.tuple([link, z.enum(["wired", "wireless"]), owner])),
  manager: z.array(z.enum(["networkd", "networkmanager"])).default([]),
  ifupdown: z.array(z.enum(["debian", "sources", "mappings"])).default([]),
  profile: words(z.tuple([link, z.enum(["metric", "ipv4", "ipv6"]), keyfileLine, z.literal("")]), / (.*?) (.*)/s),
  interface: words(z.tuple([link])),
  nic: words(z.tuple([link, z.enum(["wired", "wireless"]), owner, z.mac(), link])),
  carried: words(z.tuple([link, cidr, z.union([z.ipv4(), z.literal("-")]), source])),
  gateway: words(z.tuple([link, cidr, ip, source])),
  "accept-ra": words(z.tuple([link])),
  lease: words(z.tuple([link, z.ipv4(), z.string().regex(/^[0-9a-f]*$/)])),
  resolver: words(z.tuple([link, ip])),
  address: words(z.tuple([link, z.cidrv4()])),
  route: words(z.tuple([link, z.cidrv4()])),
  ssh: words(z.tuple([peer, port(), peer, port()])),
  program: z.array(z.string().regex(/^[\w.-]{1,40}$/)).default([]),
  dnsmasq: z.array(z.string()).default([]),
});

/** Reads what a host says of itself; nothing of it is trusted. Throws `unmet` on what makes no sense. */
export function parseFacts(lines: FactLines, hostName: string): Facts {
  const result = wireForm.safeParse(lines);
  if (!result.success) {
    const wrong = result.error.issues.slice(0, 5).map(({ path, message }) => `${path.join(" ")} ${message}`);
    const message = `${hostName} does not say what must be known of it`;
    throw new KvmnetError({ code: "unmet", host: hostName, message, detail: printable(wrong.join("; ")) });
  }
  const said = result.data;
  const [ssh] = said.ssh;
  return {
    machineId: said["machine-id"][0],
    links: linkBackend(said.uplink.map(([, , owner]) => owner)),
    managers: said.manager,
    firewall: said.program.includes("nft") || !said.program.includes("iptables") ? "nftables" : "iptables",
    ifupdown: said.ifupdown,
    profiles: profiles(said.profile),
    uplinks: said.uplink.map(([name, kind]) => ({ name, wireless: kind === "wireless" })),
    addresses: said.address.map(([name, address]) => ({ link: name, address })),
    interfaces: said.interface.map(([name]) => name),
    nics: said.nic.map(([name, kind, keeper, mac, master]) => ({
      ...{ name, wireless: kind === "wireless", owner: keeper, mac },
      ...(master !== "-" && { master }),
    })),
    carried: said.carried.map(([name, address, broadcast, from]) => ({
      ...{ link: name, address, dynamic: from === "dynamic" },
      ...(broadcast !== "-" && { broadcast }),
    })),
    gateways: said.gateway.map(([name, prefix, gateway, from]) => ({
      ...{ link: name, prefix, gateway, dynamic: from === "dynamic" },
    })),
    acceptRa: said["accept-ra"].map(([name]) => name),
    leases: said.lease.map(([name, address, clientId]) => ({ link: name, address, clientId })),
    resolvers: said.resolver.map(([name, address]) => ({ link: name, address })),
    routes: said.route.map(([name, prefix]) => ({ link: name, prefix })),
    ...(ssh && { ssh: { clientAddress: ssh[0], serverAddress: ssh[2], serverPort: ssh[3] } }),
    programs: said.program,
    systemDnsmasq: said.dnsmasq.includes("enabled"),
  };
}

/** Links are kept where the uplink is; plain units do where nobody keeps it. */
function linkBackend(owners: readonly string[]): LinkBackend {
  const owner = owners.find((one) => one !== "none");
  return owner === "networkd" || owner === "networkmanager" || owner === "ifupdown" ? owner : "systemd";
}

/** Each begins with its metric. */
function profiles(lines: readonly (readonly [string, string, string, string])[]): Profile[] {
  return lines
    .filter(([, what]) => what === "metric")
    .map(([name, , metric]) => {
      const of = (section: string) =>
        lines.filter(([link, what]) => link === name && what === section).map(([, , line]) => line);
      return {
        link: name,
        ...(/^\d{1,10}$/.test(metric) && { metric: Number(metric) }),
        ipv4: of("ipv4"),
        ipv6: of("ipv6"),
      };
    });
}

/**
 * Lines of words that one space keeps apart. The first line that makes no sense is enough: there may be a hundred thousand,
 * and to say what is wrong with each takes seconds.
 */
function words<T>(shape: z.ZodType<T, unknown>, apart: string | RegExp = " ") {
  return z
    .array(z.string())
    .default([])
    .transform((lines, context): T[] => {
      const read: T[] = [];
      for (const [index, line] of lines.entries()) {
        const { data, error } = shape.safeParse(line.split(apart));
        if (error) {
          for (const { path, message } of error.issues) {
            context.addIssue({ code: "custom", path: [index, ...path], message, input: line });
          }
          return z.NEVER;
        }
        read.push(data);
      }
      return read;
    });
}

function port() {
  return z.coerce.number().int().min(1).max(65535);
}
