import type { NetworkManager } from "../../model/facts.ts";
import type { Link } from "../../model/nouns.ts";
import type { Plan } from "../../plan/plan.ts";
import { textOf } from "../../plan/text.ts";
import { header } from "../header.ts";

/**
 * Tells a network manager to leave the link and its ports alone, as long as they are ours. NetworkManager takes down any bridge
 * that nobody told it of as soon as it begins to manage it; networkd has wildcards of the host's own.
 */
export function unmanaged(link: Link, manager: NetworkManager): Plan {
  const { path, lines, unit } = marks[manager](link);
  return {
    [`file ${path}`]: textOf([header, ...lines]),
    [`forewarn ${unit}#${link.name}`]: textOf([`reload on ${path}`]),
  };
}

interface Mark {
  readonly path: string;
  readonly lines: readonly string[];
  readonly unit: string;
}

const marks: Readonly<Record<NetworkManager, (link: Link) => Mark>> = {
  // NetworkManager.conf(5), "keyfile section" and "Device List Format".
  networkmanager: ({ name, ports }) => ({
    path: `/etc/NetworkManager/conf.d/50-kvmnet-${name}.conf`,
    lines: [
      "[keyfile]",
      `unmanaged-devices+=${[name, ...ports].map((device) => `interface-name:${device}`).join(";")}`,
    ],
    unit: "NetworkManager.service",
  }),
  // systemd.network(5), "[Link] section": it sorts before the host's own.
  networkd: ({ name, ports }) => ({
    path: `/etc/systemd/network/01-kvmnet-${name}.network`,
    lines: ["[Match]", `Name=${[name, ...ports].join(" ")}`, "", "[Link]", "Unmanaged=yes"],
    unit: "systemd-networkd.service",
  }),
};
