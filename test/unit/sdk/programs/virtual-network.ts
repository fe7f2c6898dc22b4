import * as kvmnet from "pulumi-kvmnet";

const web = "192.168.100.10";
new kvmnet.VirtualNetwork("virbr10", {
  host: "hv1",
  ipv4Cidr: "192.168.100.0/24",
  reservations: [{ mac: "52:54:00:be:0a:f3", address: web }],
  forwards: { web: { target: web, ports: [80, 443, { port: 2222, targetPort: 22 }] } },
});
