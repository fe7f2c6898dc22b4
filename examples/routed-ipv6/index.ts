// Guests with addresses of their own: IPv6 is routed, without any translation, and the prefix is one that the LAN's router sends
// to this host. IPv4 is translated as ever. Beside it a network that nothing leaves.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const prefix = new pulumi.Config().get("prefix") ?? "fd00:40:0:1";

const bridge = new kvmnet.Bridge("v6lab", { addresses: ["10.41.0.1/24", `${prefix}::1/64`] });
// Over PPPoE or a tunnel, TCP agrees on segments that fit.
const network = new kvmnet.NatNetwork("v6lab", { bridge, clampMss: true });
// Whoever has no route to the guest comes by the host's address, by IPv6 and by IPv4.
for (const [name, target] of Object.entries({ web4: "10.41.0.10", web6: `${prefix}::10` })) {
  new kvmnet.PortForward(name, { network, target, ports: [80, 443] });
}

// Servers that the LAN reaches as they are: nothing is translated, and what may come in is listed.
const servers = new kvmnet.Bridge("servers", { addresses: ["10.42.0.1/24"] });
new kvmnet.NatNetwork("servers", {
  bridge: servers,
  mode: "routed",
  ingress: [{ ports: [22, 443], sourceRanges: ["192.168.0.0/16"] }, { protocol: "icmp" }],
});

const alone = new kvmnet.Bridge("alone", { addresses: ["10.43.0.1/24"] });
new kvmnet.NatNetwork("alone", { bridge: alone, mode: "isolated" });

export const prefixes = [network.ipv4Cidr, network.ipv6Cidr];
