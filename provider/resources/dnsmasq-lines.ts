import type { Mistake } from "../model/mistake.ts";
import { shown } from "../model/values/shown.ts";

/** Options that would take the instance off its bridge, or away from its files, its unit or its user (dnsmasq(8)). */
const ours = [
  ...["interface", "except-interface", "listen-address", "no-dhcp-interface", "bind-interfaces", "bind-dynamic"],
  ...["dhcp-leasefile", "dhcp-leasefile-ro", "leasefile-ro", "pid-file", "conf-file", "conf-dir", "dhcp-hostsfile"],
  ...[
    "dhcp-hostsdir",
    "user",
    "group",
    "keep-in-foreground",
    "no-daemon",
    "test",
    "port",
    "dhcp-script",
    "dhcp-luascript",
  ],
];

/** What is wrong with lines that are added to the configuration as they are. */
export function extraLineMistakes(lines: readonly string[]): Mistake[] {
  return lines.flatMap((line, index) => {
    const option = /^\s*(?:--)?([A-Za-z0-9-]+)/.exec(line)?.[1]?.toLowerCase() ?? "";
    if (!ours.includes(option)) return [];
    const text = `"${option}" is set by DnsmasqInstance itself, so that it keeps to its bridge and its own files. Leave it out.`;
    return [{ path: `extraLines[${index}]`, text }];
  });
}

/** What is wrong with names of DHCP options: a number (RFC 2132) or a name as `dnsmasq --help dhcp` lists them. */
export function optionMistakes(names: readonly string[]): Mistake[] {
  return names.flatMap((name) => {
    const number = /^\d+$/.test(name) ? Number(name) : undefined;
    if (number !== undefined ? number >= 1 && number <= 254 : /^[a-z][a-z0-9-]*$/.test(name)) return [];
    const text = `${shown(name)} is not a DHCP option. Use a number from 1 to 254, or a name such as "ntp-server".`;
    return [{ path: "dhcpOptions", text }];
  });
}
