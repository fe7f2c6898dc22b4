import * as kvmnet from "pulumi-kvmnet";

const lab = new kvmnet.Fleet("lab", {
  ipv4Pool: "10.40.0.0/16",
  hosts: { hv1: {}, hv2: {}, hv3: { uplinks: ["enp5s0"], ipv4Cidr: "10.40.200.0/24", coexist: ["docker"] } },
  network: (h) => ({
    domain: `${h.name}.lab.internal`,
    forwards: { ssh: { target: h.address(10), ports: [{ port: 2222, targetPort: 22 }] } },
  }),
});
export const gateway = lab.networks.hv2.gateway;
// @ts-expect-error: the fleet has no such host
export const none = lab.networks.hv4;

const listed = new kvmnet.Fleet("dmz", { ipv4Pool: "10.50.0.0/16", hosts: ["hv1", "hv2"] });
export const subnets = listed.subnets;
export const first = listed.networks.hv1.address(5);
// @ts-expect-error: nor this one
export const missing = listed.networks.hv3;
