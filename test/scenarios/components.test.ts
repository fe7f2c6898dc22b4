import { afterAll, beforeAll, expect, test } from "vitest";
import { program, succeeded, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
beforeAll(async () => {
  testbed = await Testbed.start("hv1", "hv2", "hv3");
});
afterAll(() => testbed?.stop());

/** No anchors: the kernel here may have no dummy interfaces. */
const declared = (port: number, ...hosts: string[]) => `
const net = new kvmnet.VirtualNetwork("lab0", {
  ipv4Cidr: "10.10.10.0/24", domain: "lab.internal", anchor: false,
  forwards: {
    ssh: { target: "10.10.10.20", ports: [{ port: 2222, targetPort: 22 }] },
    web: { target: "10.10.10.20", ports: [{ port: ${port}, targetPort: 80 }] },
  },
});
new kvmnet.PortForward("dns", { network: net, target: net.address(21), protocol: "udp", ports: [5353] });
const fleet = new kvmnet.Fleet("dmz0", {
  ipv4Pool: "10.40.0.0/16", hosts: ${JSON.stringify(hosts)},
  network: (h) => ({ anchor: false, dhcp: false, libvirtNetwork: false, forwards: { ssh: { target: h.address(10), ports: [2200] } } }),
});
export const { gateway } = net;
export const { subnets } = fleet;`;

/** Names of the resources that a run touched. */
function touched(run: { events: object[] }): string[] {
  const steps = run.events.flatMap((event) =>
    "resourcePreEvent" in event ? [(event.resourcePreEvent as { metadata: { op: string; urn: string } }).metadata] : [],
  );
  return steps
    .filter(({ op }) => op !== "same")
    .map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join(" ").replace(/^.*:/, "")}`);
}

test("networks come in one piece, change in pieces, renumber nobody, and go without a trace", async () => {
  const stack = await testbed.stack(declared(8080, "hv1", "hv3"));
  const change = async (body: string) => await stack.write(program(body));
  const { stdout: shown } = succeeded(await stack.preview("--diff", "--show-full-output"));
  expect(shown).toContain("any4 { tcp . 8080 : 10.10.10.20 . 80 }");
  expect(shown).toContain("any4 { tcp . 2200 : 10.40.1.10 . 2200 }");
  succeeded(await stack.up());
  const said = async (command: string) => (await testbed.host.exec(command)).stdout;
  const forwards = "nft list map inet kvmnet_lab0 any4";
  expect(await said(`ip -brief addr show dev lab0; ${forwards}`)).toMatch(
    /10\.10\.10\.1\/24[\s\S]*tcp \. 8080 : 10\.10\.10\.20 \. 80/,
  );
  expect(await said("virsh net-list --name --autostart")).toMatch(/^lab0$/m);

  await change(declared(8081, "hv1", "hv2", "hv3"));
  const steps = touched(succeeded(await stack.up()));
  expect(steps.filter((step) => !/^create \S+ dmz0-hv2(-|$)/.test(step)).sort()).toEqual([
    "update PortForward lab0-web",
    "update SubnetPool dmz0",
  ]);
  expect(await said(forwards)).toContain("tcp . 8081 : 10.10.10.20 . 80");
  const subnets = {
    hv1: { ipv4Cidr: "10.40.0.0/24" },
    hv2: { ipv4Cidr: "10.40.2.0/24" },
    hv3: { ipv4Cidr: "10.40.1.0/24" },
  };
  expect(await stack.outputs()).toEqual({ gateway: "10.10.10.1", subnets });
  const { deployment } = await stack.export();
  const pool = deployment.resources?.find(({ type }) => type.endsWith(":SubnetPool"));
  expect(pool?.outputs?.subnets).toEqual(subnets);
  for (const [index, host] of testbed.hosts.entries()) {
    const { stdout } = await host.exec("ip -brief addr show dev dmz0");
    expect(stdout).toContain(`10.40.${[0, 2, 1][index]}.1/24`);
  }
  succeeded(await stack.up("--refresh", "--expect-no-changes"));

  await change(declared(8081, "hv1").replace("domain:", "domian:"));
  const refused = await stack.preview();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stdout).toContain('domian: not an argument of VirtualNetwork. Did you mean "domain"?');

  succeeded(await stack.destroy());
  for (const host of testbed.hosts) {
    const left =
      "virsh net-list --all --name | grep lab0; nft list tables; ls -d /etc/kvmnet /var/lib/kvmnet 2>/dev/null; ip -br link show type bridge";
    expect((await host.exec(left)).stdout).toBe("");
  }
});
