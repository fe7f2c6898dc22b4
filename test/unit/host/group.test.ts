import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Group, Turn } from "../../../provider/host/group.ts";
import { limits } from "../../../provider/host/limits.ts";

function grouped(options: { takesMs?: number; fail?: boolean; ready?: () => Promise<void> } = {}) {
  const groups: number[][] = [];
  let running = 0;
  const commit = {
    turn: new Turn(),
    ready: options.ready ?? (async () => {}),
    roundTrip: () => 0,
    run: async (members: readonly number[]) => {
      expect(++running).toBe(1);
      groups.push([...members]);
      await sleep(options.takesMs ?? 0);
      running--;
      if (options.fail) throw new Error("lost");
      return members.map((member) => `did ${member}`);
    },
  };
  return { groups, commit, group: new Group(commit) };
}

test("fifty members that arrive together are one request, and each gets its own answer", async () => {
  const { group, groups } = grouped();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => group.add(index, 100)));
  expect(answers[49]).toBe("did 49");
  expect(groups).toHaveLength(1);
});
test("what arrives while it connects belongs to the first request", async () => {
  const { group, groups } = grouped({ ready: () => sleep(100) });
  const first = group.add(1, 100);
  await sleep(50);
  await Promise.all([first, group.add(2, 100)]);
  expect(groups).toEqual([[1, 2]]);
});
test("thirty members at parallelism eight are four requests", async () => {
  const { group, groups } = grouped({ takesMs: 20 });
  let next = 0;
  const worker = async () => {
    while (next < 30) await group.add(next++, 100);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect(groups.map((members) => members.length)).toEqual([8, 8, 8, 6]);
});
test("with as many as came together before, nobody is waited for; nor after a long way to the host", async () => {
  const { group, groups, commit } = grouped();
  const pauseMs = 100;
  commit.roundTrip = () => pauseMs;
  // Timers end in their order, however late a busy machine comes to them.
  const nearlyPause = () => sleep(pauseMs * 0.8, "paused");
  const all = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => group.add(index, 100)));
  // They came while it connected.
  const connected = Promise.withResolvers<void>();
  commit.ready = async () => {
    await sleep(2 * pauseMs);
    connected.resolve();
  };
  expect(await Promise.race([all(8), connected.promise.then(nearlyPause)])).toHaveLength(8);
  commit.ready = async () => {};
  expect(await Promise.race([all(8), nearlyPause()])).toHaveLength(8);
  // A smaller group may grow.
  const grows = all(7);
  expect(await Promise.race([grows, nearlyPause()])).toBe("paused");
  await grows;
  expect(groups.map((members) => members.length)).toEqual([8, 8, 7]);
});
test("a steady stream does not hold a group open for ever", async () => {
  const { group, groups } = grouped();
  const all: Promise<string>[] = [];
  const end = performance.now() + limits.gatherMs * 2;
  while (performance.now() < end) {
    all.push(group.add(all.length, 10));
    await sleep(2);
  }
  await Promise.all(all);
  expect(groups.length).toBeGreaterThan(1);
});
test("a group is bounded in members and in bytes; a member that is too large goes alone", async () => {
  const many = grouped();
  await Promise.all(Array.from({ length: limits.groupMembers + 1 }, (_, index) => many.group.add(index, 1)));
  expect(many.groups.map((members) => members.length)).toEqual([limits.groupMembers, 1]);
  const large = grouped();
  await Promise.all([large.group.add(1, 10), large.group.add(2, 2 * limits.groupBytes), large.group.add(3, 10)]);
  expect(large.groups).toEqual([[1], [2], [3]]);
});
test("a request that fails fails all of its members, and the next one is tried", async () => {
  const { group, commit } = grouped({ fail: true });
  const results = await Promise.allSettled([group.add(1, 1), group.add(2, 1)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  commit.run = async (members) => members.map(String);
  expect(await group.add(3, 1)).toBe("3");
});
test("a host that cannot be reached fails all that wait", async () => {
  const { group, groups } = grouped({ ready: () => Promise.reject(new Error("silent")) });
  const results = await Promise.allSettled([group.add(1, 1), group.add(2, 1)]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(groups).toEqual([]);
});
test("two kinds of work take turns", async () => {
  const { commit } = grouped({ takesMs: 20 });
  const [one, other] = [new Group(commit), new Group(commit)];
  await Promise.all([one.add(1, 1), other.add(2, 1), one.add(3, 1)]);
});
