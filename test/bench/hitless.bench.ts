/** Whether anybody notices a thousand updates: new flows, and the leases that guests have. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { dnsmasqUnit } from "../../provider/model/dnsmasq.ts";
import type { QuickHost } from "../lab/quick/index.ts";
import { changes, network, program, succeeded, Testbed } from "../lab/testbed.ts";
import type { Benchmark } from "./figure.ts";

const UPDATES = 1_000;
/** Of one up: as many forwards, and the reservations. */
const EACH = 50;
const FLOWS = 100_000;
const PER_SECOND = 2_000;
/** Ports of the forward that flows go to: the machine outside has fewer ports than flows. */
const PORTS = 8;
const GUEST = "10.10.10.10";
const FIRST = 20_000;

const benchmark: Benchmark = {
  title: `Hitless: ${UPDATES} updates of forwards and reservations under ${FLOWS} new flows`,
  async *measure(note) {
    const testbed = await Testbed.start("hv1");
    try {
      const { host } = testbed;
      const steady = `new kvmnet.PortForward("steady", {
        network, target: "${GUEST}", protocol: "udp", ports: ["${FIRST}-${FIRST + PORTS - 1}"] });`;
      const stack = await testbed.stack("", { program: changing(0, steady) });
      succeeded(await stack.up());
      const guest = await host.guest({ name: "web", mac: "52:54:00:00:00:10", bridge: "br0" });
      const { ip: before } = await guest.dhcp();
      for (let port = 0; port < PORTS; port++) await guest.answer("udp", FIRST + port);
      const dnsmasq = await mainPid(host);
      const ended = await flows(host);
      let updates = 0;
      for (let round = 1; updates < UPDATES; round++) {
        note(`${updates} updates`);
        await stack.write(changing(round, steady));
        updates += changes(succeeded(await stack.up())).update ?? 0;
      }
      const { opened, lost } = await ended();
      const { ip: after } = await guest.renew();
      yield { name: "updates", value: updates };
      yield { name: "new flows meanwhile", value: opened };
      yield { name: "flows lost", value: lost, most: 0 };
      yield { name: "leases lost", value: after === before && before === GUEST ? 0 : 1, most: 0 };
      yield { name: "restarts of dnsmasq", value: (await mainPid(host)) === dnsmasq ? 0 : 1, most: 0 };
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;

/** Forwards that lead elsewhere each round, and reservations of which one is new each round; `steady` stays as it is. */
function changing(round: number, steady: string): Record<string, string> {
  const reservations = `{ mac: "52:54:00:00:00:10", address: "${GUEST}" }, { mac: "52:54:00:00:01:${String((round % 90) + 10)}", address: "10.10.10.20" }`;
  return program(
    network({
      reservations,
      extra: `${steady}
for (let n = 0; n < ${EACH - 1}; n++) {
  const ports = [{ port: 9000 + n, targetPort: ${8000 + round} }];
  new kvmnet.PortForward(\`f\${n}\`, { network, target: "10.10.10.11", ports });
}`,
    }),
  );
}

/** Has the machine outside open flows. Gives back what ends them, when there were enough. */
async function flows(host: QuickHost): Promise<() => Promise<{ opened: number; lost: number }>> {
  const input = await readFile(join(import.meta.dirname, "packets", "steady.pl"), "utf8");
  const command = `perl - ${host.uplink.ipv4.address} ${FIRST} ${PORTS} ${PER_SECOND} ${FLOWS} /tmp/stop`;
  const done = host.outside.exec(command, { input, timeout: 3_600_000 });
  return async () => {
    await host.outside.exec("touch /tmp/stop");
    const [opened = 0, lost = 0] = (await done).stdout.split(" ").map(Number);
    return { opened, lost };
  };
}

async function mainPid(host: QuickHost): Promise<string> {
  return (await host.exec(`systemctl show -p MainPID --value ${dnsmasqUnit("br0")}`)).stdout.trim();
}
