import type { Place } from "./packets/walk.ts";

/** Whose a rule is, and how that one's firewall lets a bridge's packets through. */
export interface Owner {
  /** As a sentence begins: `Docker`. */
  readonly name: string;
  readonly fix: (bridge: string, direction: "forward" | "input") => string;
}

const owners = {
  docker: {
    name: "Docker",
    fix: (bridge) =>
      `iptables -I DOCKER-USER -i ${bridge} -j ACCEPT; iptables -I DOCKER-USER -o ${bridge} -j ACCEPT. Or set "ip-forward-no-drop": true in /etc/docker/daemon.json.`,
  },
  ufw: {
    name: "ufw",
    fix: (bridge, direction) =>
      direction === "input"
        ? `ufw allow in on ${bridge}`
        : `ufw route allow in on ${bridge}; ufw route allow out on ${bridge}`,
  },
  firewalld: {
    name: "firewalld",
    fix: (bridge) => `firewall-cmd --permanent --zone=trusted --add-interface=${bridge} && firewall-cmd --reload`,
  },
  libvirt: {
    name: "libvirt",
    fix: () => "virsh net-destroy NETWORK && virsh net-start NETWORK makes its rules anew.",
  },
  kvmnet: { name: "pulumi-kvmnet", fix: () => "pulumi refresh && pulumi up" },
} as const satisfies Record<string, Owner>;

/** Whose it is: by the names that each gives to tables and chains. */
export function ownerOf({ table, chain }: Place): Owner {
  const chains = [...table.chains.keys()];
  const [, name = ""] = table.name.split(" ");
  const has = (form: RegExp) => chains.some((one) => form.test(one));
  if (name.startsWith("kvmnet")) return owners.kvmnet;
  if (name === "firewalld") return owners.firewalld;
  if (name === "libvirt_network" || chain.name.startsWith("LIBVIRT_")) return owners.libvirt;
  if (chain.name.startsWith("ufw")) return owners.ufw;
  if (chain.name.startsWith("DOCKER")) return owners.docker;
  if (table.by !== "nft" && chain.hook === "forward" && has(/^DOCKER/)) return owners.docker;
  if (table.by !== "nft" && has(/^ufw/)) return owners.ufw;
  const command = table.by === "iptables-legacy" ? "iptables-legacy" : "iptables";
  return {
    name: table.by === "nft" ? `table ${table.name}` : command,
    fix: (bridge, direction) =>
      table.by === "nft"
        ? `Let packets of ${bridge} pass in chain ${chain.name} of table ${table.name}, before this rule.`
        : direction === "input"
          ? `${command} -I INPUT -i ${bridge} -j ACCEPT`
          : `${command} -I FORWARD -i ${bridge} -j ACCEPT; ${command} -I FORWARD -o ${bridge} -j ACCEPT`,
  };
}

/** A rule, and where it stands: `ip filter FORWARD: policy drop`. */
export function placeText({ table, chain, rule }: Place): string {
  const by = table.by === "iptables-legacy" ? "iptables-legacy, " : "";
  return `${by}table ${table.name}, chain ${chain.name}: ${rule?.text ?? `policy ${chain.policy}`}`;
}
