// The same network on many hypervisors, from one program: each takes a subnet from the pool, and keeps it whoever comes or
// goes. Names are looked up in `kvmnet:hosts`, then in your SSH configuration.
import * as pulumi from "@pulumi/pulumi";
import * as kvmnet from "pulumi-kvmnet";

const lab = new kvmnet.Fleet("lab0", {
  hosts: new pulumi.Config().getObject<string[]>("hosts") ?? ["hv1", "hv2"],
  ipv4Pool: "10.40.0.0/16",
  network: (host) => ({
    domain: `${host.name}.lab.internal`,
    forwards: { ssh: { target: host.address(10), ports: [{ port: 2222, targetPort: 22 }] } },
  }),
});

export const subnets = lab.subnets;
