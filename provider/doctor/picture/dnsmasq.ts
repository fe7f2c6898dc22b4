import * as z from "zod";
import { type Lease, parseLeases } from "../../model/leases.ts";
import { isNamed } from "../../model/values/name.ts";
import { read } from "./links.ts";

/** A running dnsmasq. */
export interface Dnsmasq {
  readonly pid: number;
  /** Options without dashes, from its command line and its files: `dhcp-range=10.0.0.2,10.0.0.9`. */
  readonly settings: readonly string[];
  readonly leases: readonly Lease[];
  readonly reservations: readonly Reservation[];
  /** Lines of its files of reservations, as they are. */
  readonly hostLines: readonly string[];
  /** Names of settings whose values were not told. */
  readonly others: readonly string[];
  /** The service that it is kept by; absent when somebody started it by hand. */
  readonly unit?: string;
}

export interface Reservation {
  readonly mac: string;
  readonly address: string;
  readonly hostname: string;
}

/** A range that it gives addresses from. */
export interface Range {
  readonly first: string;
  readonly last: string;
}

/** libvirt's own list of leases (`virsh net-dhcp-leases` shows the same). */
const statusForm = z.array(
  z.looseObject({
    "ip-address": z.ipv4(),
    "mac-address": z.string(),
    hostname: z.string().optional(),
    "expiry-time": z.number(),
  }),
);

/** Reads one, of the lines that `look/names.sh` describes. */
export function parseDnsmasq(pid: number, lines: readonly string[]): Dnsmasq {
  const of = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const settings = [...of("arg").map((arg) => arg.replace(/^--/, "")), ...of("conf")];
  const hosts = [...of("host"), ...valuesIn(settings, "dhcp-host")];
  const [unit] = of("unit");
  return {
    ...{ pid, settings, leases: parseLeases(of("lease").join("\n")), reservations: hosts.flatMap(reservation) },
    ...{ hostLines: of("host"), others: of("other") },
    ...(unit !== undefined && { unit }),
  };
}

/** Reads a bridge's `.status` file of libvirt. */
export function parseStatus(lines: readonly string[]): Lease[] {
  return (read(statusForm, lines.join("\n")) ?? []).map((lease) => ({
    ...{ mac: lease["mac-address"].toLowerCase(), address: lease["ip-address"] },
    expiresAt: new Date(Math.min(lease["expiry-time"], 8e9) * 1000).toISOString(),
    ...(lease.hostname !== undefined && { hostname: lease.hostname }),
  }));
}

/** Values of an option, in their order. */
export function valuesOf({ settings }: Dnsmasq, option: string): string[] {
  return valuesIn(settings, option);
}

/** Whether it may serve a bridge, as far as its settings say: by name, or because it serves all. */
export function serves(one: Dnsmasq, bridge: string): boolean {
  const names = valuesOf(one, "interface").flatMap((value) => value.split(","));
  const not = valuesOf(one, "except-interface").flatMap((value) => value.split(","));
  const named = (name: string) => isNamed(bridge, name);
  return !not.some(named) && (names.length === 0 ? valuesOf(one, "listen-address").length === 0 : names.some(named));
}

/** Its DHCP ranges of IPv4 addresses. */
export function rangesOf(one: Dnsmasq): Range[] {
  return valuesOf(one, "dhcp-range").flatMap((value) => {
    const [first, last = first] = value.split(",").filter((word) => /^\d{1,3}(\.\d{1,3}){3}$/.test(word));
    return first !== undefined && last !== undefined ? [{ first, last: last.startsWith("255.") ? first : last }] : [];
  });
}

/** Values of a DHCP option, by its number or name; undefined when it is not set. */
export function dhcpOption(one: Dnsmasq, number: number, name: string): string[] | undefined {
  for (const value of valuesOf(one, "dhcp-option")) {
    const words = value.split(",").filter((word) => !/^(tag|set|vendor|encap):/.test(word));
    const [key, ...values] = words;
    if (key === String(number) || key === `option:${name}`) return values;
  }
  return undefined;
}

/** Resolvers that it asks for any name; undefined when it asks whom the host asks. */
export function forwardersOf(one: Dnsmasq): string[] | undefined {
  const servers = valuesOf(one, "server").filter((value) => !value.startsWith("/"));
  if (servers.length) return servers.map((value) => value.replace(/[#@].*/, ""));
  return one.settings.includes("no-resolv") ? [] : undefined;
}

function valuesIn(settings: readonly string[], option: string): string[] {
  return settings.filter((line) => line.startsWith(`${option}=`)).map((line) => line.slice(option.length + 1));
}

function reservation(line: string): Reservation[] {
  const words = line.split(",").map((word) => word.trim());
  const mac = words.find((word) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(word));
  const address = words.find((word) => /^\d{1,3}(\.\d{1,3}){3}$/.test(word));
  if (!mac || !address) return [];
  const hostname = words.find((word) => /^[A-Za-z][\w.-]*$/.test(word) && word !== "ignore") ?? "";
  return [{ mac: mac.toLowerCase(), address, hostname }];
}
