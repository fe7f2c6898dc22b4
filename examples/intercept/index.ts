// Guests dial what they always dial, and are answered by whom you choose: here the public resolver that is written into an
// image is the resolver of the host, which listens on its loopback alone and goes on to.
import * as kvmnet from "pulumi-kvmnet";

const bridge = new kvmnet.Bridge("lab1", { addresses: ["10.44.0.1/24"] });
const network = new kvmnet.NatNetwork("lab1", { bridge });

// systemd relays TCP, and a small dnsmasq DNS over UDP, to systemd-resolved: no packet of a guest ever reaches loopback.
const dns = new kvmnet.PortForward("dns", {
  network,
  intercept: ["8.8.8.8", "8.8.4.4"],
  protocol: "both",
  ports: [53],
  target: "127.0.0.53",
});

// To another guest, which itself still reaches the true one.
new kvmnet.PortForward("mirror", { network, intercept: "192.0.2.80", target: "10.44.0.80", ports: [80] });

// And a forward the other way, for the LAN alone.
new kvmnet.PortForward("web", { network, target: "10.44.0.80", ports: [8080], reachableFrom: ["lan"] });

export const resolver = dns.endpoints;
