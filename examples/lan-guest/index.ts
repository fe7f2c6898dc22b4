// A guest that is a machine of the LAN, and a firewall in front of it: what is bridged passes by the host's own.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const config = new pulumi.Config();
const lan = new kvmnet.Bridge("br0", { uplink: config.require("uplink") });
// The filter knows the guest by its port, whose name stays over all starts.
const nas = new kvmnet.VmInterface("nas", { domain: "nas", bridge: lan, tap: "nas", waitForAddressSeconds: 0 });

export const table = new kvmnet.GuestFilter("br0", {
  bridge: lan,
  guests: [{ nic: nas, addresses: [config.require("address")] }],
  ingress: [{ protocol: "icmp" }, { ports: [22, 445], sourceRanges: ["192.168.0.0/16"] }],
  egress: [{ action: "reject", ports: [25] }],
  antiSpoof: true,
}).table;
