// What `npx kvmnet adopt hv1` writes of a host that `by-hand.sh` has built, but for its comments and `host`, which is the stack's here. With
// `pulumi import` of the file that it writes beside it `up` takes the network over while its guests work; a destroy gives it back.
import * as kvmnet from "pulumi-kvmnet";

const virbr10DummyAnchor = new kvmnet.DummyIface("virbr10-dummy", { mac: "52:54:00:7e:27:af" });

// The MAC address is the host's own: put in what `ip link show virbr10` shows.
const virbr10Bridge = new kvmnet.Bridge("virbr10", {
  ports: [virbr10DummyAnchor],
  mac: "52:54:00:7e:27:af",
  addresses: ["192.168.100.1/24"],
  stp: true,
});

const virbr10Network = new kvmnet.NatNetwork("virbr10", {
  bridge: virbr10Bridge,
  hostServices: [{ protocol: "tcp", ports: [22] }],
  fillDhcpChecksum: true,
});

new kvmnet.DnsmasqInstance("virbr10", {
  bridge: virbr10Bridge,
  ranges: ["192.168.100.2-192.168.100.254"],
  maxLeases: 1000,
  reservations: [{ mac: "52:54:00:be:0a:f3", address: "192.168.100.10", hostname: "web" }],
  extraLines: ["strict-order", "addn-hosts=/etc/hosts"],
  adopt: true,
  replaces: { unit: "dnsmasq@virbr10.service", leaseFile: "/var/lib/dnsmasq/virbr10/leases" },
});

new kvmnet.PortForward("web", {
  network: virbr10Network,
  target: "192.168.100.10",
  ports: [80, 443, { port: 2222, targetPort: 22 }],
  reachableFrom: ["lan"],
});
