import { type Dnsmasq, valuesOf } from "../doctor/picture/dnsmasq.ts";
import type { Scene } from "../doctor/scene.ts";
import { dnsmasqLeases } from "../model/dnsmasq.ts";
import { addressOf } from "../model/values/prefix.ts";
import type { AdoptedBridge } from "./bridges.ts";
import { nothing, type Part } from "./declaration.ts";

/** What every DnsmasqInstance has of its own, or says in another way. */
const own = [
  ...["interface", "except-interface", "listen-address", "bind-interfaces", "bind-dynamic", "no-hosts", "port"],
  ...["dhcp-authoritative", "dhcp-no-override", "dhcp-lease-max", "dhcp-leasefile", "dhcp-range", "dhcp-host"],
  ...["domain", "expand-hosts", "dhcp-fqdn", "keep-in-foreground", "no-daemon", "leasefile-ro", "no-resolv"],
];
/** Settings of a process or of files, whose values are not told and do not matter. */
const process = [
  "conf-file",
  "conf-dir",
  "pid-file",
  "user",
  "group",
  "log-facility",
  "dhcp-hostsfile",
  "dhcp-hostsdir",
];
/** Where dnsmasq keeps leases when nobody says so (dnsmasq(8), --dhcp-leasefile). */
const usualLeases = "/var/lib/misc/dnsmasq.leases";

/** The dnsmasq that somebody has set up for one bridge. */
export function dnsmasqOf({ picture }: Scene, bridge: AdoptedBridge): Part {
  const part = nothing();
  const leave = (text: string) => void part.left.push(`dnsmasq of ${bridge.name}: ${text}`);
  const [server, ...more] = picture.dnsmasqs.filter((one) => meant(one, bridge));
  if (!server) return part;
  const { unit } = server;
  if (unit === undefined || unit === "dnsmasq.service" || more.length > 0) {
    leave(
      more.length > 0
        ? `there are ${more.length + 1} of them. Stop what is not needed, and look again.`
        : unit === undefined
          ? `process ${server.pid} was started by hand, and nothing would start it again. Have a unit of systemd's start it, and look again.`
          : "it is the machine's own (dnsmasq.service). Give the bridge one of its own, and look again.",
    );
    return part;
  }
  const leaseFile = valuesOf(server, "dhcp-leasefile")[0] ?? usualLeases;
  const ranges = rangeArguments(server, leave);
  if (!ranges) return part;
  const notes: string[] = [];
  for (const name of new Set(server.others.filter((other) => !process.includes(other))))
    leave(`what it has for "${name}" is not read, since it may be a secret. Add it to extraLines.`);
  part.declarations.push({
    ...{ type: "DnsmasqInstance", name: bridge.name, passes: { bridge: bridge.declaration }, notes },
    unpacked: { bridge: bridge.name, hostAddresses: bridge.addresses },
    args: {
      ...ranges,
      ...names(server, notes),
      ...reservations(server, leave),
      ...resolvers(server),
      ...lines(server),
      adopt: true,
      replaces: { unit, ...(leaseFile !== dnsmasqLeases(bridge.name) && { leaseFile }) },
    },
  });
  return part;
}

/** Whether it serves this bridge and no other. */
function meant(server: Dnsmasq, { name, addresses }: AdoptedBridge): boolean {
  const interfaces = valuesOf(server, "interface").flatMap((value) => value.split(","));
  if (interfaces.length) return interfaces.every((one) => one === name || one === "lo") && interfaces.includes(name);
  const listens = valuesOf(server, "listen-address").flatMap((value) => value.split(","));
  const here = addresses.map((address) => addressOf(address));
  return listens.some((one) => here.includes(one)) && listens.every((one) => here.includes(one) || one === "127.0.0.1");
}

/** What it leases; undefined when that cannot be said in a program. */
function rangeArguments(server: Dnsmasq, leave: (text: string) => void) {
  const ranges: string[] = [];
  const times = new Set<number>();
  for (const value of valuesOf(server, "dhcp-range")) {
    const [first, last, ...rest] = value.split(",").map((word) => word.trim());
    const time = rest.filter((word) => !/^\d+(\.\d+){3}$/.test(word));
    const seconds = time.length === 0 ? 3600 : secondsOf(time[0] ?? "");
    if (
      ![first, last].every((word) => /^\d+(\.\d+){3}$/.test(word ?? "")) ||
      time.length > 1 ||
      seconds === undefined
    ) {
      leave(`its range "${value}" cannot be said in a program, so all of it stays.`);
      return undefined;
    }
    ranges.push(`${first}-${last}`);
    times.add(seconds);
  }
  if (times.size > 1) {
    leave("its ranges have several lease times, so all of it stays.");
    return undefined;
  }
  const [seconds = 3600] = times;
  const most = Number(valuesOf(server, "dhcp-lease-max")[0]);
  return { ranges, ...(seconds !== 3600 && { leaseTimeSeconds: seconds }), ...(most > 0 && { maxLeases: most }) };
}

/** `12h` (dnsmasq(8), --dhcp-range); undefined for what has no end. */
function secondsOf(text: string): number | undefined {
  const [, number, unit = "s"] = /^(\d+)([smhdw]?)$/.exec(text) ?? [];
  const units: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  return number === undefined ? undefined : Number(number) * (units[unit || "s"] ?? 1);
}

function names(server: Dnsmasq, notes: string[]) {
  const [domain] = valuesOf(server, "domain").filter((value) => !value.includes(","));
  if (domain === undefined) return valuesOf(server, "port").includes("0") ? { dns: false } : {};
  const alone = [...valuesOf(server, "local"), ...valuesOf(server, "server")].includes(`/${domain}/`);
  if (!server.settings.includes("dhcp-fqdn"))
    notes.push(`A guest is known by its name with ${domain} behind it; by hand it was by the name alone, too.`);
  return {
    domain,
    ...(!alone && { authoritative: false }),
    ...(valuesOf(server, "port").includes("0") && { dns: false }),
  };
}

function reservations(server: Dnsmasq, leave: (text: string) => void) {
  const said = [...server.hostLines, ...valuesOf(server, "dhcp-host")].filter((line) => !/^\s*(#|$)/.test(line));
  const kept = said.flatMap((line) => {
    const words = line.split(",").map((word) => word.trim());
    const mac = words.find((word) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(word));
    const address = words.find((word) => /^\d{1,3}(\.\d{1,3}){3}$/.test(word));
    const hostname = words.find(
      (word) => word !== address && /^[A-Za-z0-9][A-Za-z0-9-]*$/.test(word) && word !== "ignore",
    );
    const known = [mac, address, hostname].filter((word) => word !== undefined);
    if (mac === undefined || known.length < 2 || known.length !== words.filter(Boolean).length) {
      leave(`its reservation "${line}" cannot be said in a program.`);
      return [];
    }
    return [
      {
        mac: mac.toLowerCase(),
        ...(address !== undefined && { address }),
        ...(hostname !== undefined && { hostname }),
      },
    ];
  });
  return kept.length ? { reservations: kept } : {};
}

/** Resolvers, where they are addresses and the only ones; what else is said of them stays a line. */
function resolvers(server: Dnsmasq) {
  const plain = plainServers(server);
  return plain.length ? { forwarders: plain } : {};
}

function plainServers(server: Dnsmasq): string[] {
  const asked = valuesOf(server, "server").filter((value) => !value.startsWith("/"));
  return server.settings.includes("no-resolv") && asked.every((one) => /^[\d.]+$|^[0-9a-f:]+$/i.test(one)) ? asked : [];
}

/** Everything else, as it is. */
function lines(server: Dnsmasq) {
  const [domain] = valuesOf(server, "domain").filter((value) => !value.includes(","));
  const forwarders = plainServers(server);
  const extra = server.settings.filter((setting) => {
    const [option = "", value] = setting.split(/=(.*)/s);
    if (option === "domain") return value?.includes(",");
    if (option === "no-resolv") return forwarders.length === 0;
    if (option === "server" && forwarders.includes(value ?? "")) return false;
    if ((option === "local" || option === "server") && value === `/${domain}/`) return false;
    return ![...own, ...process].includes(option);
  });
  // A DnsmasqInstance reads no names of the host's.
  if (!server.settings.includes("no-hosts") && !valuesOf(server, "port").includes("0"))
    extra.push("addn-hosts=/etc/hosts");
  return extra.length ? { extraLines: extra } : {};
}
