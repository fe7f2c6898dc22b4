import type { NetworkManager } from "../../model/facts.ts";
import type { Link } from "../../model/nouns/link.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";

/**
 * Tells a network manager to leave the link and its ports alone, as long as they are ours. NetworkManager takes down any bridge
 * that nobody told it of as soon as it begins to manage it; networkd has wildcards of the host's own.
 */
export function unmanaged(link: Link, manager: NetworkManager): Plan {
  return mark(link.name, marks[manager](link));
}

/** Tells NetworkManager to keep ports of a bridge of its own that it would leave alone by itself (NetworkManager.conf(5), "device section"). */
export function managed(bridge: string, ports: readonly string[]): Plan {
  const lines = [`[device-kvmnet-${bridge}]`, `match-device=${devices(ports)}`, "managed=1"];
  return mark(bridge, networkmanager(bridge, lines));
}

/** A file of the manager's, which it reads before there is a link. */
function mark(name: string, { path, lines, unit }: Mark): Plan {
  return {
    [`file ${path}`]: textOf([header, ...lines]),
    [`forewarn ${unit}#${name}`]: textOf([`reload on ${path}`]),
  };
}

interface Mark {
  readonly path: string;
  readonly lines: readonly string[];
  readonly unit: string;
}

const marks: Readonly<Record<NetworkManager, (link: Link) => Mark>> = {
  // NetworkManager.conf(5), "keyfile section".
  networkmanager: ({ name, ports }) =>
    networkmanager(name, ["[keyfile]", `unmanaged-devices+=${devices([name, ...ports])}`]),
  // systemd.network(5), "[Link] section": it sorts before the host's own.
  networkd: ({ name, ports }) => ({
    path: `/etc/systemd/network/01-kvmnet-${name}.network`,
    lines: ["[Match]", `Name=${[name, ...ports].join(" ")}`, "", "[Link]", "Unmanaged=yes"],
    unit: "systemd-networkd.service",
  }),
};

function networkmanager(name: string, lines: readonly string[]): Mark {
  return { path: `/etc/NetworkManager/conf.d/50-kvmnet-${name}.conf`, lines, unit: "NetworkManager.service" };
}

/** NetworkManager.conf(5), "Device List Format". */
function devices(names: readonly string[]): string {
  return names.map((name) => `interface-name:${name}`).join(";");
}
