import { program } from "../../lab/testbed.ts";
import type { Program } from "../change/programs.ts";

/** Resources of each host. */
export const EACH = 20;

/**
 * On each host a network with its guests' addresses and forwards; `change` is where the first forward of each leads. Hosts come
 * one after the other, as a program's loop has them.
 */
export function fleet(hosts: readonly string[]): Program {
  return (change) =>
    program(`
for (const host of ${JSON.stringify(hosts)}) {
  const name = "br0";
  const bridge = new kvmnet.Bridge(\`\${host}-br0\`, { host, name, addresses: ["10.10.10.1/24"] });
  const network = new kvmnet.NatNetwork(\`\${host}-br0\`, { host, bridge });
  new kvmnet.DnsmasqInstance(\`\${host}-br0\`, { host, bridge, ranges: ["10.10.10.100-10.10.10.150"] });
  for (let n = 0; n < ${EACH - 3}; n++) {
    const ports = [{ port: 9000 + n, targetPort: n === 0 ? ${8000 + change} : 80 }];
    new kvmnet.PortForward(\`\${host}-f\${n}\`, { host, network, target: "10.10.10.10", ports });
  }
}`);
}
