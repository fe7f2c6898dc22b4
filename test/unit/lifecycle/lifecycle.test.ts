import { setImmediate, setTimeout } from "node:timers/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { place } from "../../../provider/host/destination.ts";
import { FakeHost } from "../../../provider/host/fake.ts";
import { limits } from "../../../provider/host/limits.ts";
import { create, remove, update } from "../../../provider/lifecycle/apply.ts";
import { check } from "../../../provider/lifecycle/check.ts";
import { diff } from "../../../provider/lifecycle/diff.ts";
import { read } from "../../../provider/lifecycle/read.ts";
import { Session } from "../../../provider/lifecycle/session.ts";
import { type Inputs, inputsOf, type State } from "../../../provider/lifecycle/state.ts";
import { UNKNOWN } from "../../../provider/lifecycle/unknown.ts";
import { KvmnetError } from "../../../provider/model/error.ts";
import { bridge, hostFirewall, natNetwork, portForward, vmInterface } from "../../../provider/resources/index.ts";

const self = (type: string, name: string) => `urn:pulumi:prod::lab::pulumi-nodejs:dynamic/kvmnet:${type}::${name}`;
const wanted = { host: "hv1", self: self("Bridge", "br0"), addresses: ["10.10.10.1/24"] };
const said: string[] = [];
const log = {
  info: async (_: string, text: string) => void said.push(text),
  warn: async (_: string, text: string) => void said.push(text),
};

let host: FakeHost;
let session: Session;
beforeEach(() => {
  host = new FakeHost();
  session = new Session(() => host, log);
  said.length = 0;
});

const checked = async (news: object, olds?: object) =>
  (await check(bridge, olds as Record<string, unknown>, news as Record<string, unknown>, session))
    .inputs as unknown as Inputs;
const created = async () => create(bridge, await checked(wanted), session);

describe("check", () => {
  test("the plan is an input, and a second check neither connects nor differs", async () => {
    const first = await checked(wanted);
    expect(Object.keys(first.plan)).toContain("link br0");
    const requests = host.counters.requests;
    expect(await checked(wanted, first)).toEqual(first);
    expect(host.counters.requests).toBe(requests);
  });

  test("a value not known yet, however deep, makes the plan unknown and is no mistake", async () => {
    const inputs = await checked({ ...wanted, addresses: [{ address: UNKNOWN }] });
    expect(inputs.plan).toBe(UNKNOWN);
  });

  test("every mistake is reported at once, with an empty property", async () => {
    const { failures } = await check(bridge, undefined, { ...wanted, mac: "zz", mtu: 1, adresses: [] }, session);
    expect(failures.map(({ property }) => property)).toEqual(["", "", ""]);
    const reasons = failures.map(({ reason }) => reason).join("\n");
    expect(reasons).toContain('adresses: not an argument of Bridge. Did you mean "addresses"?');
    expect(reasons).toMatch(/^mac: /m);
    expect(reasons).toMatch(/^mtu: /m);
  });

  test("two hosts with one machine id are refused: a host by two names, or a clone", async () => {
    const named = new Session(({ name }) => new FakeHost(name), log);
    const on = async (name: string) =>
      (await check(bridge, undefined, { host: name, self: self("Bridge", name), name: "br0" }, named)).failures;
    expect(await on("hv1")).toEqual([]);
    expect(await on("hv1")).toEqual([]);
    expect((await on("hv2"))[0]?.reason).toMatch(
      /^host: hv2 has the machine id of hv1\. If they are one host, call it by one/,
    );
  });

  test("another address is judged by the host's facts, at preview; a host that is silent is asked at up", async () => {
    const state = await created();
    const { failures } = await check(bridge, state as never, { ...wanted, addresses: ["192.0.2.1/24"] }, session);
    expect(failures[0]?.reason).toMatch(
      /^addresses\[0\]: 192\.0\.2\.0\/24 overlaps .* route 192\.0\.2\.0\/24 on enp3s0/,
    );
    host = new FakeHost();
    host.script.facts = new KvmnetError({ code: "unreachable", message: "no route" });
    session = new Session(() => host, log);
    const { plan } = await checked({ ...wanted, addresses: ["192.0.2.1/24"] }, state);
    expect(plan).not.toHaveProperty("deferred");
  });

  test("who may use SSH is judged by where its user comes from now", async () => {
    const asked = async (ranges: string[], olds?: object) => {
      const news = { host: "hv1", self: self("HostFirewall", "host"), sshSourceRanges: ranges };
      return await check(hostFirewall, olds as Record<string, unknown>, news, session);
    };
    const { inputs: before } = await asked(["192.0.2.0/24"]);
    host = new FakeHost("hv1", {
      facts: { ssh: { clientAddress: "198.51.100.1", serverAddress: "192.0.2.11", serverPort: 22 } },
    });
    session = new Session(() => host, log);
    expect((await asked(["192.0.2.0/24"], before)).failures).toEqual([]);
    expect((await asked(["198.51.100.0/24"], before)).failures).toEqual([]);
    expect((await asked(["192.0.2.0/25"], before)).failures[0]?.reason).toMatch(
      /^sshSourceRanges: none of 192\.0\.2\.0\/25 contains 198\.51\.100\.1/,
    );
  });

  test("a secret argument's value is in no message", async () => {
    const news = { ...wanted, mac: "hunter2", secretArgs: ["mac"] };
    const { failures } = await check(bridge, undefined, news, session);
    expect(failures[0]?.reason).not.toContain("hunter2");
  });

  test("a host that does not answer defers the plan, and create makes it", async () => {
    host.script.facts = new KvmnetError({ code: "unreachable", message: "no route" });
    const inputs = await checked(wanted);
    expect(inputs.plan).toHaveProperty("deferred");
    host.script.facts = {};
    const state = await create(bridge, inputs, session);
    expect(state.plan).toHaveProperty(["link br0"]);
  });

  test("a silent host is waited for as long as one attempt takes, once, and answers when it does", async () => {
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    host.script.connect = () => woken;
    host.attemptMs = 20;
    expect((await checked(wanted)).plan).toHaveProperty("deferred", expect.stringContaining("within 0.02 s"));
    host.attemptMs = 0;
    expect((await checked(wanted)).plan).toHaveProperty("deferred");
    wake();
    await setImmediate();
    expect((await checked(wanted)).plan).toHaveProperty(["link br0"]);
    host.script.connect = () => Promise.reject(new Error("lost"));
    expect((await checked(wanted)).plan).toHaveProperty(["link br0"]);
  });

  test("a host that says no word at all is waited for no longer than a word takes", async () => {
    vi.useFakeTimers();
    try {
      host.script.connect = () => new Promise(() => {});
      host.heard = new Promise(() => {});
      host.attemptMs = 15_000;
      const [{ plan }] = await Promise.all([checked(wanted), vi.advanceTimersByTimeAsync(limits.wordMs)]);
      expect(plan).toHaveProperty("deferred", expect.stringContaining("within 3 s"));
    } finally {
      vi.useRealTimers();
    }
  });

  test("with kvmnet:strict a silent host is waited for to the end", async () => {
    host.script.connect = () => setTimeout(20);
    host.attemptMs = 0;
    session.configure({ "kvmnet:strict": "true" });
    expect((await checked(wanted)).plan).toHaveProperty(["link br0"]);
  });

  test("the first missing fact has all configured hosts asked, each once", async () => {
    const hosts = new Map(["hv1", "hv2", "hv3"].map((name) => [name, new FakeHost(name)]));
    const fleet = new Session((destination) => hosts.get(destination.name) as FakeHost, log);
    fleet.configure({
      "kvmnet:hosts": JSON.stringify(Object.fromEntries([...hosts.keys()].map((name) => [name, name]))),
    });
    for (const name of ["br0", "br1"]) {
      await check(bridge, undefined, { host: "hv1", self: self("Bridge", name) }, fleet);
    }
    expect([...hosts.values()].map(({ counters }) => counters.requests)).toEqual([1, 1, 1]);
  });

  test("how a NIC's change will take effect is asked once a host, and not when nothing changes or nobody answers", async () => {
    const uuid = "0f0d1e9a-6c3e-4b0e-9d7d-1a2b3c4d5e6f";
    host.script.query = () => ({ readings: [`asked\n${uuid} web                           \n\n`] });
    const nic = (name: string, more: object, olds?: object) =>
      check(
        vmInterface,
        olds as Record<string, unknown>,
        { host: "hv1", self: self("VmInterface", name), domain: name, bridge: "br0", ...more },
        session,
      );
    const { inputs } = await nic("web", { dhcp: "br0", address: "10.10.10.20" });
    await nic("db", {});
    await nic("second", { domain: uuid });
    await nic("later", { domain: "web", apply: "next-boot" });
    expect(said).toEqual([
      "web runs on hv1: live. A guest that has another address than 10.10.10.20 must renew its lease.",
      "db does not run on hv1: next boot.",
      `${uuid} runs on hv1: live.`,
    ]);
    expect(host.queries.map(({ reads }) => reads)).toEqual([[["running-domains", "qemu:///system"]]]);
    said.length = 0;
    session = new Session(() => host, log);
    await nic("web", { dhcp: "br0", address: "10.10.10.20" }, inputs);
    // An import has no URN, by which the engine would know whom a message is about.
    await nic("imported", { self: undefined });
    expect(host.queries).toHaveLength(1);
    host.script.query = () => ({ readings: [""] });
    await nic("web", {});
    session = new Session(() => host, log);
    host.script.query = () => new KvmnetError({ code: "unreachable", message: "no route" });
    expect((await nic("web", {})).failures).toEqual([]);
    session = new Session(() => host, log);
    session.configure({ "kvmnet:offline": "true" });
    await nic("web", {});
    expect(host.queries).toHaveLength(3);
    expect(said).toEqual([]);
  });

  test("kvmnet:strict refuses a plan that cannot be shown", async () => {
    host.script.facts = new KvmnetError({ code: "unreachable", message: "no route" });
    session.configure({ "kvmnet:strict": "true" });
    const { failures } = await check(bridge, undefined, wanted as Record<string, unknown>, session);
    expect(failures[0]?.reason).toMatch(/hv1 did not answer.*no route.*kvmnet:strict is set/);
  });

  test("two forwards of one port on one host are a mistake that names the first", async () => {
    const forward = (name: string) =>
      check(
        portForward,
        undefined,
        { host: "hv1", self: self("PortForward", name), network: "br0", target: "10.10.10.10", ports: [443] },
        session,
      );
    expect((await forward("web")).failures).toEqual([]);
    expect((await forward("other")).failures[0]?.reason).toBe(
      'ports[0]: tcp 443 on hv1 already goes to 10.10.10.10:443 (PortForward "web"). Choose another port, or different listenAddresses.',
    );
  });

  test("hosts behind two ports of one address are two: one's forwards are none of the other's", async () => {
    let machines = 0;
    const behind = new Session((destination) => {
      const script = { facts: { machineId: String(machines++).repeat(32) } };
      return Object.assign(new FakeHost(destination.name, script), { place: place(destination) });
    }, log);
    const on = async (name: string, port: number) => {
      const news = { self: self("PortForward", name), network: "br0", target: "10.10.10.10", ports: [443] };
      return (await check(portForward, undefined, { ...news, host: { host: "192.0.2.1", port } }, behind)).failures;
    };
    expect(await on("one", 2201)).toEqual([]);
    expect(await on("two", 2202)).toEqual([]);
    expect(await on("three", 2202)).toHaveLength(1);
  });

  test("without a host anywhere the way out is named", async () => {
    const { failures } = await check(bridge, undefined, { self: wanted.self }, session);
    expect(failures[0]?.reason).toContain("pulumi config set kvmnet:host");
  });
});

describe("diff", () => {
  test("nothing changed", async () => {
    const state = await created();
    expect(diff(bridge, state, await checked(wanted, await checked(wanted)))).toMatchObject({
      changes: false,
      replaces: [],
    });
  });

  test("what is left out is what it was, while arguments are unknown or the host is silent; another name still is another", async () => {
    const olds = await created();
    const unknown = await checked({ ...wanted, addresses: [UNKNOWN] }, olds);
    expect(diff(bridge, olds, unknown).replaces).toEqual([]);
    expect(diff(bridge, olds, { ...unknown, name: "br1" }).replaces).toEqual(["name"]);
    session.configure({ "kvmnet:offline": "true" });
    const { found: _, ...before } = olds;
    const deferred = await checked({ ...wanted, mtu: 1400 }, before);
    expect(deferred.plan).toHaveProperty("deferred");
    expect(diff(bridge, olds, deferred)).toMatchObject({ changes: true, replaces: [] });
    const other = await checked({ ...wanted, name: "br1" }, before);
    expect(diff(bridge, olds, other).replaces).toEqual(["name"]);
  });

  test("another backend than the one that keeps it is a mistake, the same one said aloud is none", async () => {
    const olds = await created();
    const other = await check(bridge, olds as never, { ...wanted, backend: "systemd" }, session);
    expect(other.failures[0]?.reason).toMatch(/^backend: "systemd" cannot take br0 over, which networkd keeps on hv1/);
    const same = await check(bridge, olds as never, { ...wanted, backend: "networkd" }, session);
    expect(same.failures).toEqual([]);
  });

  test("another name is another bridge, an address is not", async () => {
    const state = await created();
    expect(diff(bridge, state, await checked({ ...wanted, name: "br1" })).replaces).toEqual(["name"]);
    expect(diff(bridge, state, await checked({ ...wanted, addresses: [] })).replaces).toEqual([]);
  });

  test("a part whose container is being replaced is replaced too", () => {
    const state = { bridge: "br0", host: "hv1", nonce: "n", self: "u", plan: {} } as unknown as State;
    expect(diff(natNetwork, state, { ...state, bridge: UNKNOWN } as unknown as Inputs).replaces).toEqual(["bridge"]);
  });

  test("another machine under the same name is a replacement, another address of the same is not", async () => {
    const state = await created();
    const inputs = await checked(wanted, await checked(wanted));
    expect(diff(bridge, state, { ...inputs, hostId: "other" }).replaces).toEqual(["host"]);
    const moved = diff(bridge, state, { ...inputs, host: { host: "192.0.2.99" } });
    expect(moved).toMatchObject({ changes: true, replaces: [] });
  });
});

describe("create, update, delete and read", () => {
  test("create puts all, an update only what changed", async () => {
    const state = await created();
    expect(host.members[0]?.change.put).toEqual(Object.keys(state.plan));
    const inputs = await checked({ ...wanted, mtu: 1400 }, await checked(wanted));
    await update(bridge, state, inputs, session);
    const change = host.members[1]?.change;
    expect(change?.put).toEqual(["file /etc/systemd/network/01-kvmnet-br0.network", "link br0"]);
    expect(change?.drop).toEqual([]);
  });

  test("an argument that the program drops is not in the state any more", async () => {
    const inputs = await checked({ ...wanted, mtu: 1400 });
    const state = await create(bridge, inputs, session);
    expect(state).toHaveProperty("mtu", 1400);
    const next = await update(bridge, state, await checked(wanted, inputs), session);
    expect(next).not.toHaveProperty("mtu");
    expect(next.hostId).toBe(state.hostId);
  });

  test("a changed credential alone does not connect", async () => {
    const state = await created();
    const inputs = { ...(await checked(wanted)), host: { host: "hv1", password: "new" } };
    const requests = host.counters.requests;
    const next = await update(bridge, state, inputs, session);
    expect(host.counters.requests).toBe(requests);
    expect(next.host).toEqual(inputs.host);
  });

  test("a plan that is not what was shown is refused", async () => {
    const inputs = await checked(wanted);
    await expect(create(bridge, { ...inputs, plan: { "link br0": "else" } }, session)).rejects.toThrow(
      /changed after it was shown/,
    );
    expect(host.members).toEqual([]);
  });

  test("what another stack owns is refused with the owner's name", async () => {
    const owner = "urn:pulumi:prod::shop::pulumi-nodejs:dynamic/kvmnet:Bridge::virbr";
    host.script.submit = () => ({ ok: false, code: "conflict", about: { key: "link br0" }, detail: `owner ${owner}` });
    await expect(created()).rejects.toThrow('bridge br0 on hv1 belongs to stack shop/prod (Bridge "virbr")');
  });

  test("a host that turns out to be another machine is not updated", async () => {
    const olds = await created();
    session.configure({ "kvmnet:offline": "true" });
    const { found: _, ...before } = olds;
    const deferred = await checked({ ...wanted, mtu: 1400 }, before);
    const refused = { ok: false, code: "unmet", about: { expect: 0 } } as const;
    host = new FakeHost("hv1", { facts: { machineId: "f".repeat(32) }, submit: () => refused });
    const later = new Session(() => host, log);
    await expect(update(bridge, olds, deferred, later)).rejects.toThrow("host: hv1 is another machine");
    expect(host.members[0]?.expects[0]).toEqual(["machine", olds.hostId]);
  });

  test("a host that another machine stands for has nothing of a resource; one whose machine id is new still has it", async () => {
    const olds = await created();
    const moved = async (objects: ReadonlyMap<string, string>) => {
      const other = new FakeHost("hv1", { facts: { machineId: "f".repeat(32) } });
      for (const [key, text] of objects) other.objects.set(key, text);
      return await read(bridge, olds, new Session(() => other, log));
    };
    expect((await moved(host.objects))?.props).toEqual({ ...olds, hostId: "f".repeat(32) });
    expect(said).toEqual([]);
    expect(await moved(new Map())).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^hv1 is another machine now; it was the one with machine id 0123/)]);
    said.length = 0;
    await remove(bridge, olds, new Session(() => new FakeHost("hv1", { facts: { machineId: "f".repeat(32) } }), log));
    expect(said).toEqual([expect.stringContaining("What that one still has of this stays on it.")]);
  });

  test("what was found on a host stays, while the machine is the same one by another way", async () => {
    const olds = await created();
    const way = { ...wanted, host: { host: "hv1", user: "ops" } };
    const found = async (machineId: string) => {
      host = new FakeHost("hv1", { facts: { machineId, links: "systemd" } });
      session = new Session(() => host, log);
      const inputs = await checked(way, olds);
      return { backend: inputs.found?.backend, replaces: diff(bridge, olds, inputs).replaces };
    };
    expect(await found(String(olds.hostId))).toEqual({ backend: "networkd", replaces: [] });
    expect(await found("f".repeat(32))).toEqual({ backend: "systemd", replaces: ["host"] });
    host = new FakeHost("hv1", { facts: new KvmnetError({ code: "unreachable", message: "no route" }) });
    session = new Session(() => host, log);
    expect(await checked(way, olds)).toMatchObject({ hostId: olds.hostId, found: { backend: "networkd" } });
  });

  test("delete drops what was applied, last first, with the create's own nonce", async () => {
    const state = await created();
    await remove(bridge, state, session);
    expect(host.members[1]).toMatchObject({ owner: state.self, nonce: state.nonce });
    expect(host.members[1]?.change.drop[0]).toMatch(/^notify /);
    expect(host.objects.size).toBe(0);
  });

  test("a dead host stops a delete, unless the user said to leave it behind", async () => {
    const state = await created();
    host.script.submit = () => new KvmnetError({ code: "unreachable", message: "gone" });
    await expect(remove(bridge, state, session)).rejects.toThrow("gone");
    session.configure({ "kvmnet:deleteUnreachable": "true" });
    await remove(bridge, state, session);
    expect(said.at(-1)).toContain("left behind on it: ");
  });

  test("drift shows as differing lines, what is missing as missing, and repair puts just that", async () => {
    const state = await created();
    host.objects.set("link br0", "type bridge\n# missing: addr 10.10.10.1/24 brd 10.10.10.255");
    host.objects.delete("file /etc/systemd/network/01-kvmnet-br0.network");
    const found = await read(bridge, state, session);
    expect(found?.inputs.plan).not.toHaveProperty(["file /etc/systemd/network/01-kvmnet-br0.network"]);
    expect(found?.props.missing).toEqual(["file /etc/systemd/network/01-kvmnet-br0.network"]);
    const inputs = await checked(wanted, found?.inputs);
    await update(bridge, found?.props as State, inputs, session);
    expect(host.members[1]?.change.put).toEqual(["file /etc/systemd/network/01-kvmnet-br0.network", "link br0"]);
  });

  test("what was imported is left alone by a refresh and a delete, and taken over by the first update", async () => {
    // As the engine keeps it: no create of ours, no URN.
    const file = { ...wanted, name: "br0", host: "hv1" };
    const imported = { ...file, plan: {}, nonce: "", self: undefined } as unknown as State;
    expect((await read(bridge, imported, session))?.props).toEqual(imported);
    await remove(bridge, imported, session);
    expect(host.members).toEqual([]);
    const inputs = await checked(wanted, file);
    expect(inputs).not.toHaveProperty("origin");
    expect(diff(bridge, imported, inputs)).toMatchObject({ changes: true, replaces: [] });
    const state = await update(bridge, imported, inputs, session);
    expect(host.members[0]).toMatchObject({ adopt: true, change: { put: Object.keys(inputs.plan) } });
    expect(host.members[0]).not.toHaveProperty("formerly");
    expect(state.nonce).not.toBe("");
    expect(state.plan).toEqual(inputs.plan);
  });

  test("an output that stands for an argument which was left out is no change, and is read again by a refresh", async () => {
    const news = {
      host: "hv1",
      self: self("VmInterface", "web"),
      domain: "web",
      bridge: "br0",
      waitForAddressSeconds: 0,
    };
    const inputsFrom = async (given: object, olds?: State) =>
      (await check(vmInterface, olds && inputsOf(vmInterface, olds), { ...given }, session))
        .inputs as unknown as Inputs;
    const inputs = await inputsFrom(news);
    const lease = (address: string) => `1795301911 ${inputs.mac} ${address} web *`;
    const readings = (tap: string, address: string) => ({ readings: [tap, "running", "", lease(address)] });
    host.script = {
      submit: () => readings("vnet0", "10.10.10.20"),
      query: () => readings("vnet1", "10.10.10.21"),
    };
    const state = await create(vmInterface, inputs, session);
    expect(state).toMatchObject({ tap: "vnet0", address: "10.10.10.20" });
    expect(diff(vmInterface, state, await inputsFrom(news, state)).changes).toBe(false);
    const found = (await read(vmInterface, state, session)) as { props: State; inputs: Record<string, unknown> };
    expect(found.props).toMatchObject({ tap: "vnet1", address: "10.10.10.21" });
    expect(found.inputs).not.toHaveProperty("tap");
    expect(diff(vmInterface, found.props, await inputsFrom(news, found.props)).changes).toBe(false);
    const named = { ...news, tap: "web0" };
    const next = await update(vmInterface, found.props, await inputsFrom(named, found.props), session);
    expect(next).toMatchObject({ tap: "web0", address: "10.10.10.20", deduced: ["address"] });
    expect(diff(vmInterface, next, await inputsFrom(named, next)).changes).toBe(false);
    expect(diff(vmInterface, next, await inputsFrom(news, next)).changes).toBe(true);
  });

  test("gone when all of it is gone", async () => {
    const state = await created();
    host.objects.clear();
    expect(await read(bridge, state, session)).toBeUndefined();
  });
});
