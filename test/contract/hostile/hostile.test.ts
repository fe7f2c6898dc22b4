import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { create, remove } from "../../../provider/lifecycle/apply.ts";
import { check } from "../../../provider/lifecycle/check.ts";
import { Session } from "../../../provider/lifecycle/session.ts";
import type { Inputs, State } from "../../../provider/lifecycle/state.ts";
import { KvmnetError } from "../../../provider/model/error.ts";
import { parseKey } from "../../../provider/plan/plan.ts";
import { differences, domainXml, QuickHost, type Snapshot } from "../../lab/quick/index.ts";
import { DOMAIN, replacedAt, samples, stringsIn } from "./arguments.ts";

let host: QuickHost;
let session: Session;
let before: Snapshot;

beforeAll(async () => {
  host = await QuickHost.start({ name: "hostile" });
  process.env.KVMNET_SSH_CONFIG = host.sshConfig;
  session = new Session(undefined, { info: async () => {}, warn: async () => {} });
  session.configure({ "kvmnet:host": "hostile" });
  for (const [link, subnet] of [
    ["br0", "10.70.0"],
    ["br1", "10.70.1"],
  ]) {
    await host.exec(
      `ip link add ${link} type bridge && ip addr add ${subnet}.1/24 dev ${link} && ip link set ${link} up`,
    );
  }
  // Something that an uplink can be, while the host keeps its own.
  await host.exec(
    "printf '[Match]\\nName=up0\\n[Network]\\nIPv6AcceptRA=no\\n' > /etc/systemd/network/20-up0.network && " +
      "ip link add up0 address 52:54:00:00:00:f0 type veth peer name up1 && ip link set up0 up && ip link set up1 up && networkctl reload; " +
      "sleep 1; while ip -6 addr show tentative | grep -q inet6; do sleep 0.2; done",
  );
  const escaped = DOMAIN.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  await host.exec("cat > /tmp/d.xml && virsh -q -c qemu:///system define /tmp/d.xml && rm /tmp/d.xml", {
    input: domainXml({ name: escaped }),
  });
  // A network for the forward to belong to.
  network = await made("NatNetwork", { bridge: "br0", ipv4Cidr: "10.70.0.0/24" }, "base");
  before = await host.snapshot();
});
afterAll(async () => {
  if (network) await remove(sampleOf("NatNetwork").definition, network, session);
  await host?.stop();
});
let network: State;

const sampleOf = (type: string) => {
  const sample = samples.find(({ definition }) => definition.type === type);
  if (!sample) throw new Error(`no sample of ${type}`);
  return sample;
};

/** Has the host make it, or says why not: by our own error, and never by any other. */
async function made(type: string, args: object, name = sampleOf(type).name): Promise<State> {
  const { definition } = sampleOf(type);
  const self = `urn:pulumi:t::hostile::pulumi-nodejs:dynamic/kvmnet:${type}::${name}`;
  const { inputs, failures } = await check(definition, undefined, { self, ...args }, session);
  if (failures.length)
    throw new KvmnetError({ code: "invalid-args", message: failures.map((f) => f.reason).join("\n") });
  return await create(definition, inputs as unknown as Inputs, session);
}

test("every argument is in the samples", () => {
  const given = new Set(
    samples.flatMap(({ definition: { type }, args }) => Object.keys(args).map((key) => `${type}.${key}`)),
  );
  const known = samples.flatMap(({ definition }) =>
    Object.keys(definition.args.shape).map((key) => `${definition.type}.${key}`),
  );
  // No host here has a device to hand over, whose text is digits; and some kernels filter no VLANs, whose text is yes or no.
  expect([...new Set(known)].filter((key) => !given.has(key))).toEqual([
    "Bridge.vlanFiltering",
    "VmInterface.pciDevice",
  ]);
});

test.each(samples)(
  "$definition.type stands with all its arguments, and goes without a trace",
  async ({ definition, args }) => {
    // The kernel here may have no dummy interfaces and no conntrack for bridges; the virtual machines of the scenarios have.
    if (["DummyIface", "GuestFilter"].includes(definition.type)) return;
    const state = await made(definition.type, args);
    expect(strange(differences(before, await host.snapshot()), state)).toEqual([]);
    await remove(definition, state, session);
    await isAsBefore();
  },
);

/** Pieces that mean something to a shell, to nft, to XML, to dnsmasq, to a path or to a terminal. */
const hostile = fc.oneof(
  fc.constantFrom(
    ...[
      "$(touch /canary)",
      "`touch /canary`",
      "; touch /canary",
      "| touch /canary",
      "&& touch /canary",
      "\ntouch /canary",
    ],
    ...[
      "' ; touch /canary ; '",
      '"; touch /canary; "',
      "\\",
      "${IFS}",
      "~",
      "*",
      "?",
      "#",
      "!",
      "%s%n",
      "%00",
      "\u0000",
      "\t",
    ],
    ...[
      "}; flush ruleset; {",
      "} ; delete table inet kvmnet_br0 ; #",
      '" accept',
      "@any4",
      'include "/etc/passwd"',
      "/*",
    ],
    ...["'/><target dev='x'/>", "]]>", "<!--", "&lt;", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;'],
    ...[
      "\nconf-file=/root/evil",
      "\rdhcp-script=/canary",
      "-x",
      "--help",
      "../../../../etc/cron.d/x",
      "/etc/passwd",
      ".",
    ],
    ...[
      "\u001b[2J",
      "\u202e",
      "é",
      "𝟘",
      "ａ",
      "\u0085",
      "\u2028",
      ">end",
      "|",
      ">put file /canary",
      "\n>put file /canary\n|x",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
);

test("hostile text in any string changes nothing but the object that was asked for", async () => {
  const places = samples
    .filter(({ definition }) => definition.type !== "DummyIface")
    .flatMap((sample) => stringsIn(sample.args).map((path) => ({ sample, path })));
  const counts = { refused: 0, made: 0 };
  const property = fc.asyncProperty(
    fc.constantFrom(...places),
    fc.tuple(fc.constantFrom("", "valid"), hostile, fc.constantFrom("", "valid")),
    async ({ sample, path }, [head, text, tail]) => {
      const own = String(
        path.reduce<unknown>((at, step) => (step === "=" ? path.at(-2) : (at as never)[step]), sample.args),
      );
      const value = `${head && own}${text}${tail && !head ? own : ""}`;
      const { type } = sample.definition;
      const state = await made(type, replacedAt(sample.args, path, value) as object).catch((error: unknown) => {
        if (error instanceof KvmnetError) return undefined;
        throw error;
      });
      counts[state ? "made" : "refused"]++;
      if (!state) return;
      const now = await host.snapshot();
      await remove(sample.definition, state, session);
      expect(strange(differences(before, now), state)).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: Number(process.env.KVMNET_HOSTILE_RUNS ?? 400) });
  console.log(`hostile text: ${counts.refused} refused, ${counts.made} made and removed`);
  await isAsBefore();
  expect(counts.made).toBeGreaterThan(0);
});

/** The kernel takes a second or two to look for a twin of an IPv6 address that came back. */
const isAsBefore = () => vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 10_000, interval: 500 });

/** What is not as before. The directory of a network's forwards goes with the last of them, and comes with the first. */
async function left(): Promise<string[]> {
  const emptied = /^file:\/(etc\/kvmnet\/nft\/[^/]+\.d|var\/lib\/kvmnet\/dirs(:sha256)?)$/;
  const all = differences(before, await host.snapshot());
  return all.map(({ key }) => key).filter((key) => !emptied.test(key));
}

/** Differences that the state's own objects do not account for. */
function strange(all: ReturnType<typeof differences>, state: State): string[] {
  const keys = Object.keys(state.plan).map(parseKey);
  const names = keys.map(({ name }) => name);
  const links = keys.filter(({ kind }) => ["link", "port", "address"].includes(kind)).map(({ name }) => name);
  const accounted = [
    ...names.flatMap((name) => [
      `file:${name}`,
      `file:${name}:sha256`,
      `nft:${name}`,
      `unit:${name}`,
      `sysctl:${name}`,
    ]),
    ...links.map((link) => `link:${link}`),
  ];
  // What follows by itself: the kernel's routes and settings of a new link, its tables' files, the units' processes.
  const follows = [
    /^file:\/var\/lib\/kvmnet\b/,
    /^file:\/etc\/(kvmnet|systemd\/network|systemd\/system|sysctl\.d|dnsmasq\.d-available|libvirt\/qemu)\b/,
    /^file:\/run\/(kvmnet-dnsmasq-|libvirt)/,
    /^nft:inet kvmnet/,
    /^process:dnsmasq |^process:\S+ .*dnsmasq/,
    // The watcher's shell, beside which another stands for a moment whenever it begins a command of its own.
    /^process:.*\/etc\/kvmnet\/restore\.sh watch$/,
    // A look at a group's targets, which a timer starts.
    /^process:.*(\/etc\/kvmnet\/health\.sh|\/dev\/tcp)/,
    // Of all interfaces: forwarding is the whole host's, and a router answers to its networks' own addresses (RFC 4291, 2.6.1).
    /^sysctl:net\.ipv6\.conf\..*\.forwarding$/,
    /^route:-6 \{"type":"anycast",/,
    /^unit:kvmnet-/,
    // Of the run before: the kernel is still looking for the address's twin.
    /^route:-6 .*"type":"local","dst":"fe80:.*"up0"/,
    ...links.flatMap((link) => [new RegExp(`^address:${link} `), new RegExp(`^sysctl:.*\\.${link}\\.`)]),
    ...links.map((link) => new RegExp(`^route:.*"${link}"`)),
  ];
  return all
    .map(({ key }) => key)
    .filter((key) => !accounted.includes(key) && !follows.some((pattern) => pattern.test(key)));
}
