/** Programs of one size: forwards, a mixture, and the same number of resources that do nothing. */
import { program } from "../../lab/testbed.ts";

/** A program by what its first resource is changed to, from one run to the next. */
export type Program = (change: number) => Record<string, string>;

/** Forwards to a guest of a network that another stack made, one port each; `change` is where the first one leads. */
export const forwards =
  (count: number): Program =>
  (change) =>
    program(`
for (let n = 0; n < ${count}; n++) {
  const targetPort = n === 0 ? ${8000 + change} : 80;
  new kvmnet.PortForward(\`f\${n}\`, { network: "br0", target: "10.10.10.10", ports: [{ port: 9000 + n, targetPort }] });
}`);

/** A hundred resources of four kinds: ten networks, each of a bridge, its NAT, its dnsmasq and seven forwards. */
export const mixture: Program = (change) =>
  program(`
for (let n = 1; n <= 10; n++) {
  const bridge = new kvmnet.Bridge(\`m\${n}\`, { addresses: [\`10.20.\${n}.1/24\`] });
  const network = new kvmnet.NatNetwork(\`m\${n}\`, { bridge });
  new kvmnet.DnsmasqInstance(\`m\${n}\`, { bridge, ranges: [\`10.20.\${n}.100-10.20.\${n}.150\`] });
  for (let m = 0; m < 7; m++) {
    const port = { port: 10_000 + 10 * n + m, targetPort: n === 1 && m === 0 ? ${8000 + change} : 80 };
    new kvmnet.PortForward(\`m\${n}-\${m}\`, { network, target: \`10.20.\${n}.10\`, ports: [port] });
  }
}`);

/** The floor: what the engine takes for as many dynamic resources of which none does anything. */
export const nothing =
  (count: number): Program =>
  (change) => ({
    "index.ts": `import * as pulumi from "@pulumi/pulumi";
class Nothing extends pulumi.CustomResource {
  constructor(name: string, args: Record<string, unknown>) {
    super("pulumi-nodejs:dynamic/bench:Nothing", name, {
      __provider: 'exports.handler=()=>require("bench-nothing").nothing', ...args, plan: "" });
  }
}
for (let n = 0; n < ${count}; n++) {
  const targetPort = n === 0 ? ${8000 + change} : 80;
  new Nothing(\`f\${n}\`, { network: "br0", target: "10.10.10.10", ports: [{ port: 9000 + n, targetPort }] });
}
`,
    "node_modules/bench-nothing/package.json": '{ "name": "bench-nothing", "type": "module", "exports": "./index.js" }',
    "node_modules/bench-nothing/index.js": `
export const nothing = {
  async check(olds, news) { return { inputs: { ...news, plan: JSON.stringify(news.ports) } }; },
  async diff(id, olds, news) { return { changes: olds.plan !== news.plan }; },
  async create(inputs) { return { id: "x", outs: inputs }; },
  async update(id, olds, news) { return { outs: news }; },
  async read(id, props) { return { id, props, inputs: props }; },
  async delete() {},
};
`,
  });
