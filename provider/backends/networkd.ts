import type { Link } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";
import { header, liveLink } from "./link.ts";

/** systemd-networkd keeps the link (systemd.netdev(5), systemd.network(5)). */
export function networkdLink(link: Link): Plan {
  const base = `/etc/systemd/network/50-kvmnet-${link.name}`;
  const files: Plan = {
    [`file ${base}.netdev`]: netdev(link),
    [`file ${base}.network`]: network(link),
    ...Object.fromEntries(
      link.ports.map((port) => [
        // A drop-in of the port's own file would not do: the port may have no file, or one of another resource.
        `file /etc/systemd/network/40-kvmnet-port-${port}.network`,
        textOf([
          header,
          "[Match]",
          `Name=${port}`,
          "",
          "[Network]",
          `Bridge=${link.name}`,
          "ConfigureWithoutCarrier=yes",
          "",
          "[Link]",
          "RequiredForOnline=no",
        ]),
      ]),
    ),
  };
  const reload = Object.keys(files).map((key) => `reload on ${key.slice("file ".length)}`);
  return { ...files, ...liveLink(link), [`notify systemd-networkd.service#${link.name}`]: textOf(reload) };
}

function netdev(link: Link): string {
  const bridge = [
    ...(link.stp === undefined ? [] : [`STP=${yes(link.stp)}`]),
    ...(link.forwardDelaySeconds === undefined ? [] : [`ForwardDelaySec=${link.forwardDelaySeconds}`]),
    ...(link.multicastSnooping === undefined ? [] : [`MulticastSnooping=${yes(link.multicastSnooping)}`]),
  ];
  return textOf([
    header,
    "[NetDev]",
    `Name=${link.name}`,
    `Kind=${link.type}`,
    `MACAddress=${link.mac}`,
    ...(link.mtu === undefined ? [] : [`MTUBytes=${link.mtu}`]),
    ...(bridge.length ? ["", "[Bridge]", ...bridge] : []),
  ]);
}

function network(link: Link): string {
  const addresses = link.addresses.flatMap(({ address, broadcast }) => [
    "",
    "[Address]",
    `Address=${address}`,
    ...(broadcast ? [`Broadcast=${broadcast}`] : []),
  ]);
  return textOf([
    header,
    "[Match]",
    `Name=${link.name}`,
    "",
    "[Link]",
    "RequiredForOnline=no",
    "",
    "[Network]",
    ...(link.master ? [`Bridge=${link.master}`] : []),
    "IPv6AcceptRA=no",
    // Without carrier (no guest runs) the addresses are still wanted: dnsmasq and forwards hang on them.
    "ConfigureWithoutCarrier=yes",
    ...addresses,
  ]);
}

const yes = (value: boolean) => (value ? "yes" : "no");
