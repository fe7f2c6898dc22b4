import { join } from "node:path";
import { step } from "../progress.ts";
import { existingGuest, type LxcGuest, lxcGuest } from "../qemu/guests.ts";
import { LabHost, OUTSIDE_TEXT, OUTSIDE_URL } from "../qemu/host.ts";
import { holds, proof } from "./proof.ts";
import type { Site } from "./site.ts";

const NAME = "quickstart";
/** What the program asks for: the guest's reserved address and the host port that leads to it. */
const ADDRESS = "10.10.10.20";
const PORT = 8080;

/** A throwaway hypervisor in QEMU. It stays after the quick start, to be tried out, until `--destroy`. */
export async function labSite(): Promise<Site> {
  const running = await LabHost.list();
  const host = running.includes(NAME)
    ? await LabHost.attach(NAME)
    : await step("a throwaway hypervisor host", () => LabHost.start({ name: NAME, tcp: [PORT], outlive: true }));
  const url = `http://127.0.0.1:${host.port(PORT)}/`;
  let guest: LxcGuest | undefined;
  return {
    host: NAME,
    config: { domain: "web", uri: "lxc:///system" },
    env: { KVMNET_SSH_CONFIG: host.sshConfig },
    keepIn: join(host.dir, "stack"),
    look: `npm run lab -- ssh ${NAME}`,
    url,
    async prepare() {
      const defined = await host.ssh("virsh -q -c lxc:///system dominfo web", { check: false });
      // One that an earlier run made has the NIC that the stack gave it.
      guest =
        defined.exitCode === 0
          ? existingGuest(host, "web")
          : await step("a guest without a NIC", () => lxcGuest(host, { name: "web" }));
    },
    async prove(when) {
      const inGuest = async (command: string) => {
        if (!guest) throw new Error("there is no guest");
        return (await guest.run(command)).stdout;
      };
      await proof(`${when}: the guest has its reserved address`, async () =>
        holds(await inGuest("ip -4 -o addr show scope global"), `${ADDRESS}/24`),
      );
      await proof(`${when}: from this machine, an HTTP answer of the guest through the forward`, async () => {
        const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
        return holds(await answer.text(), "guest web");
      });
      await proof(`${when}: the address was leased to it`, async () =>
        holds((await host.ssh("cat /var/lib/misc/dnsmasq.virbr10.leases")).stdout, ADDRESS),
      );
      await proof(`${when}: its name resolves through the network's DNS`, async () =>
        holds(await inGuest("nslookup web.lab.internal 10.10.10.1"), ADDRESS),
      );
      await proof(`${when}: it reaches the outside through NAT`, async () =>
        holds(await inGuest(`wget -q -O - ${OUTSIDE_URL}`), OUTSIDE_TEXT),
      );
    },
    reboot: () => step("the host reboots", () => host.reboot()),
    end: () => host.stop(),
  };
}
