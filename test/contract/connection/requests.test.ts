import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { limits } from "../../../provider/host/limits.ts";
import { RemoteHost } from "../../../provider/host/remote.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { textOf } from "../../../provider/plan/text.ts";
import { type Moment, TcpProxy } from "../../lab/proxy.ts";
import { Sshd } from "./sshd.ts";
import { member, stubRuntime } from "./stub.ts";

let sshd: Sshd;
let proxy: TcpProxy;
const hosts: RemoteHost[] = [];
const real = { ...limits };

beforeAll(async () => {
  // The login noise of somebody's start-up files, without a newline at its end.
  const noise = `ForceCommand echo Welcome; echo noise >&2; printf 'no newline'; exec sh -c "$SSH_ORIGINAL_COMMAND"`;
  sshd = await Sshd.start({ config: noise });
});
afterAll(() => sshd?.remove());
afterEach(async () => {
  Object.assign(limits, real);
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  await proxy?.close();
});

/** The host behind a new proxy. */
async function open(
  options: { runtime?: ReturnType<typeof stubRuntime>; delayMs?: number; host?: object } = {},
): Promise<RemoteHost> {
  proxy = await TcpProxy.start({ port: sshd.port }, { delayMs: options.delayMs ?? 0 });
  const host = {
    host: "127.0.0.1",
    port: proxy.port,
    user: sshd.user,
    privateKey: await readFile(sshd.identity, "utf8"),
    hostKey: await sshd.hostKey(),
    ...options.host,
  };
  const made = new RemoteHost(resolveHost(host), options.runtime ?? stubRuntime());
  hosts.push(made);
  return made;
}
/** A shell in the sshd's own files. */
async function inside(script: string): Promise<string> {
  const pid = (await execa("pgrep", ["-f", "-o", join(sshd.dir, "sshd_config")])).stdout.trim();
  return (await execa("nsenter", ["-t", pid, "-m", "-r", "sh", "-c", script])).stdout;
}
/** How often each request was done. */
async function done(): Promise<Record<string, number>> {
  const ids = (await inside("cut -d' ' -f1 /run/kvmnet-stub/log 2>/dev/null || true")).split("\n").filter(Boolean);
  return Object.fromEntries([...new Set(ids)].map((id) => [id, ids.filter((other) => other === id).length]));
}

test("fifty parallel submits and a query are one handshake and few requests", async () => {
  const host = await open();
  const all = [...Array.from({ length: 50 }, () => host.submit(member())), host.query({ observe: [], reads: [] })];
  for (const report of await Promise.all(all)) expect(report).toMatchObject({ ok: true, hostId: "stub" });
  expect(host.counters.handshakes).toBe(1);
  expect(host.counters.requests).toBeLessThanOrEqual(3);
  expect(proxy.counts.connections).toBe(1);
});
test("the shell has the same environment on every host, and knows the SSH connection", async () => {
  const host = await open();
  const report = await host.submit(member());
  const reading = report.ok ? report.readings[0] : "";
  expect(reading).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+\|\/usr\/local\/sbin:.*:\/bin C 0022 \/\|root$/);
});
test("the runtime is uploaded once, readable by root only, and found there by the next client", async () => {
  const runtime = stubRuntime();
  const first = await open({ runtime });
  await first.submit(member());
  const mode = await inside(
    `stat -c %a /run/kvmnet /run/kvmnet/runtime-${runtime.version}.sh; ls -A /run/kvmnet | grep -c '^\\.'; true`,
  );
  expect(mode).toBe("700\n600\n0");
  expect(await inside(`cat /run/kvmnet/runtime-${runtime.version}.sh`)).toBe(runtime.text.trimEnd());
  await first.close();
  const other = new RemoteHost(resolveHost(await rightArgs()), runtime);
  hosts.push(other);
  proxy.reset();
  await other.submit(member());
  expect(proxy.counts.bytesUp).toBeLessThan(6_000);
});
async function rightArgs(): Promise<object> {
  return {
    host: "127.0.0.1",
    port: proxy.port,
    user: sshd.user,
    privateKey: await readFile(sshd.identity, "utf8"),
    hostKey: await sshd.hostKey(),
  };
}
test("a request of several megabytes arrives whole", async () => {
  const host = await open();
  const lines = Array.from(
    { length: 60_000 },
    (_, index) => `line ${index} äöü 'quoted' $(not run) \`nor this\` \\ end`,
  );
  const report = await host.submit(member("urn:large", textOf(lines)));
  expect(report.ok).toBe(true);
  const sent = await inside("cd /run/kvmnet-stub; cat $(ls -t *.request | head -n 1)");
  expect(sent.split("\n").filter((line) => line.startsWith("|")).length).toBe(60_000);
  expect(sent).toContain(`|${lines.at(-1)}`);
});
test("a member that cannot be encoded fails alone", async () => {
  const host = await open();
  const results = await Promise.allSettled([host.submit(member("a\nb")), host.submit(member())]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
});
test("facts are asked for once", async () => {
  const host = await open();
  const [one, two] = await Promise.all([host.facts(), host.facts()]);
  expect(one).toBe(two);
  expect(await host.facts()).toMatchObject({ machineId: "stub" });
  expect(host.counters.requests).toBe(1);
});

test.each<Moment>(["before", "half", "after", "answer"])(
  "the connection is cut %s a request: it is sent again, and done once",
  async (moment) => {
    const host = await open();
    await host.submit(member());
    const before = Object.keys(await done()).length;
    proxy.cutAt(1, moment);
    expect(await host.submit(member("urn:cut", "x\n".repeat(2000)))).toMatchObject({ ok: true });
    const counts = await done();
    expect(Object.keys(counts).length).toBe(before + 1);
    expect(Object.values(counts).every((count) => count === 1)).toBe(true);
    expect(host.counters).toEqual({ handshakes: 2, requests: 3 });
  },
);
test("the connection is cut at any chunk of the first operation: it succeeds all the same", async () => {
  const probe = await open();
  await probe.submit(member());
  const chunks = proxy.counts.chunksUp;
  for (let at = 1; at <= chunks; at++) {
    await proxy.close();
    const host = await open();
    proxy.cutAt(at, at % 2 ? "after" : "half");
    expect(await host.submit(member()), `cut at ${at}`).toMatchObject({ ok: true });
    await host.close();
  }
  expect(Object.values(await done()).every((count) => count === 1)).toBe(true);
});
test("a connection that was lost while idle is made again", async () => {
  const host = await open();
  await host.submit(member());
  proxy.cut();
  await sleep(50);
  expect(await host.submit(member())).toMatchObject({ ok: true });
  expect(host.counters.handshakes).toBe(2);
});
test("sshd is away for a while in the middle of a request", async () => {
  const host = await open({ runtime: stubRuntime("sleep 1") });
  const asked = host.submit(member());
  await vi.waitFor(() => expect(host.counters.requests).toBe(1));
  await proxy.refuse();
  proxy.cut();
  setTimeout(() => proxy.accept(), 4_000);
  expect(await asked).toMatchObject({ ok: true });
});
test("a server that stops answering is noticed, and a clear error comes within the deadline", async () => {
  Object.assign(limits, { keepaliveMs: 200, reconnectMs: 6_000 });
  const host = await open({ host: { perDialTimeout: 1 } });
  await host.submit(member());
  proxy.blackhole();
  const began = Date.now();
  await expect(host.submit(member())).rejects.toThrow(
    /^The connection to 127\.0\.0\.1 was lost in the middle of a request: 127\.0\.0\.1:\d+ does not answer over SSH: .*Whether the change was made is not known/,
  );
  expect(Date.now() - began).toBeLessThan(12_000);
});
test("a request that takes too long ends at its deadline, while keepalives are answered", async () => {
  Object.assign(limits, { queryMs: 1_500, keepaliveMs: 100 });
  const host = await open({ runtime: stubRuntime("sleep 3") });
  const error = await host.query({ observe: [], reads: [] }).catch((reason) => reason);
  expect(error).toMatchObject({ code: "unreachable", message: "127.0.0.1 did not answer within 2 s." });
});
test("a shell that dies in each request is not started for ever", async () => {
  const host = await open({ runtime: stubRuntime("echo 'out of memory' >&2; kill -9 $$") });
  await expect(host.submit(member())).rejects.toThrow(/lost 3 times in one request: .*out of memory/);
});
test("a silent host is not dialled again by each resource", async () => {
  const host = await open({ host: { dialErrorLimit: 1, perDialTimeout: 1 } });
  proxy.blackhole();
  const began = Date.now();
  for (let index = 0; index < 5; index++) {
    await expect(host.submit(member())).rejects.toThrow("does not answer over SSH: no answer");
  }
  expect(Date.now() - began).toBeLessThan(2_000);
  expect(proxy.counts.connections).toBe(1);
});
test("a host that takes connections and says nothing is not heard, one that answers is", async () => {
  const host = await open({ host: { dialErrorLimit: 1, perDialTimeout: 1 } });
  const heard = vi.fn();
  void host.heard.then(heard);
  proxy.blackhole();
  await expect(host.connect()).rejects.toThrow("does not answer over SSH: no answer");
  expect(heard).not.toHaveBeenCalled();
  await host.close();
  const other = await open();
  await Promise.all([other.heard, other.connect()]);
});
test("over 50 ms round trip, thirty submits at parallelism 8 take 1 handshake, at most 6 requests and 40 turns", async () => {
  const runtime = stubRuntime();
  const host = await open({ delayMs: 25, runtime });
  let next = 0;
  const worker = async () => {
    while (next++ < 30) await host.submit(member());
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  await host.close();
  const { turns } = proxy.counts;
  console.log(`turns ${turns}, requests ${host.counters.requests}`);
  expect(host.counters.handshakes).toBe(1);
  expect(host.counters.requests).toBeLessThanOrEqual(6);
  expect(turns).toBeLessThanOrEqual(40);
});
test("an idle connection does not keep the process alive, and a process that ends closes it", async () => {
  proxy = await TcpProxy.start({ port: sshd.port });
  const runtime = stubRuntime();
  const args = JSON.stringify(await rightArgs());
  const script = `
    import { RemoteHost } from "./provider/host/remote.ts";
    import { resolveHost } from "./provider/host/resolve.ts";
    const host = new RemoteHost(resolveHost(${args}), ${JSON.stringify(runtime)});
    console.log(JSON.stringify(await host.submit(${JSON.stringify(member())})));
  `;
  const { stdout } = await execa(process.execPath, ["--input-type=module-typescript", "-e", script], {
    timeout: 20_000,
  });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  await vi.waitFor(() => expect(proxy.open).toBe(0));
});
