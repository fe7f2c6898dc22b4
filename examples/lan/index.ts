// Guests on the LAN itself: the host's wired NIC becomes a port of a bridge, and its addresses, DHCP and routes move there.
// Beside it a policy for the host, which from now on has the LAN's machines as near as its guests.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const uplink = new pulumi.Config().require("uplink");

// Both can cut you off from the host, so both must prove themselves over a new connection, or the host takes them back.
export const lan = new kvmnet.Bridge("br0", { uplink }).mac;
new kvmnet.HostFirewall("policy", {
  ingress: [{ ports: [9090] }, { protocol: "udp", ports: [5353], sourceRanges: ["192.168.0.0/16", "fe80::/10"] }],
});
