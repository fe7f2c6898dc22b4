/** What our table costs flows that are established, beside one that was written by hand. */
import type { QuickHost } from "../lab/quick/index.ts";
import { network, succeeded, Testbed } from "../lab/testbed.ts";
import type { Benchmark } from "./figure.ts";
import { serve, took } from "./packets/scripts.ts";
import { FIRST, GUEST } from "./packets/ways.ts";

/** Many short ones: each has a chance that nothing else runs meanwhile. */
const ROUNDS = 80;
const BYTES = 200_000_000;
const DATAGRAMS = 5_000;
const AT_ONCE = 32;

/** The most of one table's rounds, a second. */
interface Rates {
  bytes: number;
  datagrams: number;
}

const benchmark: Benchmark = {
  title: "Throughput of established flows through a forward",
  async *measure(note) {
    const testbed = await Testbed.start("hv1");
    try {
      const [host] = testbed.hosts as [QuickHost];
      succeeded(await (await testbed.stack(network({ extra: forward }))).up());
      const guest = await host.guest({ name: "web", bridge: "br0" });
      await guest.static(`${GUEST}/24`, "10.10.10.1");
      await serve(guest, "sink", FIRST);
      await serve(guest, "back", FIRST);
      await keepTables(host);
      const [ours, theirs] = await rates(host, note);
      const beside = (key: keyof Rates, by = 1) => ({
        value: ours[key] / by,
        peer: { name: "a table by hand", value: theirs[key] / by },
        leastRatio: 1 / 1.02,
      });
      yield { name: "one TCP connection", unit: "MB/s", ...beside("bytes", 1e6) };
      yield { name: `small datagrams there and back, ${AT_ONCE} at once`, unit: "/s", ...beside("datagrams") };
    } finally {
      await testbed.stop();
    }
  },
};
export default benchmark;

const forward = `new kvmnet.PortForward("bulk", { network, target: "${GUEST}", protocol: "both", ports: [${FIRST}] });`;

/** Rulesets that take turns on one host: two hosts alike differ by more than two tables. */
const WAYS = ["ours", "byhand"] as const;
const use = (host: QuickHost, way: (typeof WAYS)[number]) => host.exec(`nft -f /root/${way}.nft`);

/** The host's tables as they are, and instead of them the least that makes a network with a forward, as the recipes have it. */
async function keepTables(host: QuickHost): Promise<void> {
  // What puts back tables that were deleted.
  await host.exec("systemctl stop kvmnet-nft");
  await host.exec("{ echo flush ruleset; nft -s list ruleset; } > /root/ours.nft");
  const uplink = host.uplink.name;
  await host.exec("cat > /root/byhand.nft", {
    input: `flush ruleset
    table inet byhand {
      chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        iifname "${uplink}" tcp dport ${FIRST} dnat ip to ${GUEST}
        iifname "${uplink}" udp dport ${FIRST} dnat ip to ${GUEST}
      }
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr 10.10.10.0/24 oifname "${uplink}" masquerade
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
        ct state established,related accept
        iifname "br0" ip saddr 10.10.10.0/24 oifname "${uplink}" accept
        oifname "br0" ip daddr 10.10.10.0/24 iifname "${uplink}" accept
      }
    }\n`,
  });
}

/** Of rounds that take turns, each beginning with another table, the best: whatever else runs on the machine only slows down. */
async function rates(host: QuickHost, note: (text: string) => void): Promise<[Rates, Rates]> {
  const best: [Rates, Rates] = [
    { bytes: 0, datagrams: 0 },
    { bytes: 0, datagrams: 0 },
  ];
  const to = [host.uplink.ipv4.address, FIRST] as const;
  for (let round = 0; round < ROUNDS; round++) {
    note(`round ${round + 1} of ${ROUNDS}`);
    for (const index of round % 2 ? ([1, 0] as const) : ([0, 1] as const)) {
      await use(host, WAYS[index]);
      const { bytes, datagrams } = best[index];
      best[index] = {
        bytes: Math.max(bytes, BYTES / (await took(host.outside, "stream", [...to, BYTES]))),
        datagrams: Math.max(
          datagrams,
          DATAGRAMS / (await took(host.outside, "datagrams", [...to, DATAGRAMS, AT_ONCE])),
        ),
      };
    }
  }
  return best;
}
