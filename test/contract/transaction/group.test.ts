/** Members that have nothing to do with each other are done side by side: what that costs, and that each stands or falls alone. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Member } from "../../../provider/plan/request.ts";
import { bridge, natNetwork, portForward } from "../../../provider/resources/index.ts";
import { QuickHost } from "../../lab/quick/index.ts";
import { creations, install, recover, removal, run } from "./request.ts";

/** As many as the engine has in flight on two cores. */
const COUNT = 8;
const STARTED = "/dev/shm/started";
const maps = "/etc/kvmnet/nft/kvmnet_br0.d";

let host: QuickHost;
/** Twice as many forwards, each of a port of its own from 9000 on. */
let forwards: Member[];

beforeAll(async () => {
  host = await QuickHost.start({ name: "group" });
  await install(host);
  const network = await creations([
    [bridge, "br0", { name: "br0", addresses: ["10.70.0.1/24"] }],
    [natNetwork, "br0", { bridge: "br0", ipv4Cidr: "10.70.0.0/24" }],
  ]);
  forwards = await creations(Array.from({ length: 2 * COUNT }, (_, n) => forward(`f${n}`, 9000 + n)));
  expect(oks(await run(host, network))).toBe(2);
  // One that stays, so that the directory of forwards does.
  expect(oks(await run(host, await creations([forward("kept", 8999)])))).toBe(1);
});
afterAll(() => host?.stop());

function forward(name: string, port: number, target = "10.70.0.9") {
  return [portForward, name, { network: "br0", target, ports: [{ port, targetPort: 80 }] }] as const;
}

const oks = (report: string): number => report.match(/^>member \d+ ok$/gm)?.length ?? 0;

/** `PORT TARGET` of each forward; the same in the kernel, in the files that a boot loads, and in the registry. */
async function led(): Promise<string[]> {
  const sources = [
    "nft list map inet kvmnet_br0 any4",
    `cat ${maps}/*.nft`,
    "cat /var/lib/kvmnet/objects/elements%20inet%20kvmnet_br0%20*/text",
  ];
  const all = await Promise.all(
    sources.map(async (source) => {
      const { stdout } = await host.exec(
        `${source}; ls -A ${maps} /var/lib/kvmnet/journal | sed -n 's/^\\./staged &/p'`,
      );
      expect(stdout).not.toContain("staged");
      return [...stdout.matchAll(/tcp \. (\d+) : (\S+) \. 80/g)].map(([, port, target]) => `${port} ${target}`).sort();
    }),
  );
  const [kernel = [], ...others] = all;
  for (const other of others) expect(other).toEqual(kernel);
  return kernel.filter((line) => line !== "8999 10.70.0.9");
}

/** Has each program that is looked up by its name, and run for a request that counts, note that it was started. */
async function countPrograms(): Promise<void> {
  const script = `#!/bin/sh
[ -z "$COUNTED" ] || printf '%s\\n' "\${0##*/}" >> ${STARTED}
for dir in /usr/sbin /usr/bin; do [ ! -x "$dir/\${0##*/}" ] || exec "$dir/\${0##*/}" "$@"; done
`;
  await host.exec(
    `cat > /usr/local/counting && chmod 755 /usr/local/counting &&
    for path in /usr/sbin/* /usr/bin/*; do ln -sf ../counting "/usr/local/sbin/\${path##*/}"; done`,
    { input: script },
  );
}

/** How many programs the host starts for a request. Waiting for the lock is not counted: the unit that keeps the rules may have it. */
async function started(request: readonly Member[]): Promise<number> {
  await host.exec(`rm -f ${STARTED}`);
  expect(oks(await run(host, request, { env: { COUNTED: "1" } }))).toBe(request.length);
  const { stdout } = await host.exec(`grep -vx flock ${STARTED} | sort | uniq -c`);
  const counts = stdout.trim().split(/\s*\n\s*/);
  const count = counts.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
  console.log(`${request.length} members: ${count} programs: ${counts.join(", ")}`);
  return count;
}

test("of a group in which some fail the others stand, each with its own report", async () => {
  const [first, second] = forwards as [Member, Member];
  const [taken] = (await creations([forward("taken", 9001, "10.70.0.8")])) as [Member];
  const [foreign] = (await creations([forward("foreign", 8999, "10.70.0.8")])) as [Member];
  const bad = {
    ...taken,
    expects: [],
    texts: { [taken.change.put[0] ?? ""]: "none { tcp . 9050 : 10.70.0.9 . 80 }\n" },
  };
  const report = await run(host, [first, second, taken, foreign, { ...bad, owner: `${bad.owner}-bad` }]);
  expect(report).toMatch(/^>member 0 ok$/m);
  expect(report).toMatch(/^>member 1 ok$/m);
  // Two of one group want one port: the first has it.
  expect(report).toMatch(/^>member 2 failed unmet\n>about expect 1\n\|forward .*::f1 10\.70\.0\.9:80$/m);
  expect(report).toMatch(/^>member 3 failed unmet\n>about expect 1\n\|forward .*::kept 10\.70\.0\.9:80$/m);
  expect(report).toMatch(/^>member 4 failed apply-failed\n>about elements inet kvmnet_br0 taken\n/m);
  expect(await led()).toEqual(["9000 10.70.0.9", "9001 10.70.0.9"]);
  expect(oks(await run(host, [removal(first), removal(second)]))).toBe(2);
  expect(await led()).toEqual([]);
});

test("a group killed at any step leaves each member as before or as after, and the next one completes it", async () => {
  const [changed, dropped, made, other] = forwards as [Member, Member, Member, Member];
  const [update] = (await creations([forward("f0", 9000, "10.70.0.8")])) as [Member];
  const before = ["9000 10.70.0.9", "9001 10.70.0.9"];
  const after = ["9000 10.70.0.8", "9002 10.70.0.9", "9003 10.70.0.9"];
  const group = [made, { ...update, nonce: changed.nonce }, removal(dropped), other];
  const back = [removal(made), changed, dropped, removal(other)];
  expect(oks(await run(host, [changed, dropped]))).toBe(2);
  let kills = 0;
  for (let step = 1; ; step++) {
    const report = await run(host, group, { killAt: step });
    await recover(host, made);
    const now = await led();
    expect([before, after], `killed at step ${step}`).toContainEqual(now);
    const ended = report.includes(">end ");
    if (ended || step % 4 === 0 || now.length === after.length) {
      expect(oks(await run(host, group))).toBe(group.length);
      expect(await led()).toEqual(after);
      expect(oks(await run(host, back))).toBe(back.length);
      expect(await led()).toEqual(before);
    }
    if (ended) break;
    kills++;
  }
  expect(kills).toBeGreaterThan(8);
  // A power cut may come while the journals are removed, and keep any of them.
  for (const kept of [1, 2, 3]) {
    await run(host, group, { killAt: kills - 1 });
    await host.exec(`cd /var/lib/kvmnet/journal && ls -d *.* && rm -rf $(ls -d *.* | grep -v '\\.${kept}$')`);
    await recover(host, made);
    const mixed = [...(kept === 1 ? [before[0]] : [after[0]]), ...(kept === 2 ? [before[1]] : [])];
    expect(await led()).toEqual([...mixed, after[1], ...(kept === 3 ? [] : [after[2]])]);
    expect(oks(await run(host, group))).toBe(group.length);
    expect(oks(await run(host, back))).toBe(back.length);
  }
  expect(oks(await run(host, [removal(changed), removal(dropped)]))).toBe(2);
});

test("a further member of a group costs the host one program more, and its removal one", async () => {
  await countPrograms();
  const few = forwards.slice(0, COUNT);
  const one = await started(few.slice(0, 1));
  await started([removal(few[0] as Member)]);
  const up = await started(few);
  const down = await started(few.map(removal));
  const twice = await started(forwards);
  const twiceDown = await started(forwards.map(removal));
  expect(await led()).toEqual([]);
  // By the code: one `mv` each, and one `cp`.
  expect((twice - up) / COUNT).toBeLessThanOrEqual(1);
  expect((twiceDown - down) / COUNT).toBeLessThanOrEqual(1);
  // What each request takes, however many its members are.
  expect(one).toBeLessThanOrEqual(32);
  expect(down - COUNT).toBeLessThanOrEqual(26);
});
