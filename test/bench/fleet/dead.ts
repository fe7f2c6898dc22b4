/** What one host that died costs the others of its fleet. */
import type { Run, Stack } from "../../lab/stack.ts";
import { changes, succeeded } from "../../lab/testbed.ts";
import type { Program } from "../change/programs.ts";
import type { Measured } from "../figure.ts";
import { EACH } from "./program.ts";

/** A fleet that stands, of which one host dies: it takes connections and says nothing, which is what one waits for longest. */
export interface Fleet {
  stack: Stack;
  program: Program;
  /** Names of the hosts that go on. */
  others: readonly string[];
  die(): void;
  revive(): Promise<void>;
}

/** One change on each host, and then a fleet made anew: with all alive, and with the one dead. */
export async function* withOneDead(fleet: Fleet, allMade: Run, note: (text: string) => void): AsyncIterable<Measured> {
  const { stack, program, others } = fleet;
  const change = async (to: number) => {
    await stack.write(program(to));
    return await stack.up("--continue-on-error");
  };
  note("one changed on each");
  const alive = succeeded(await change(1));
  fleet.die();
  note("one changed on each, one host dead");
  const dead = await change(2);
  yield* costs("one changed on each host", others, { alive, dead }, others.length);
  await fleet.revive();
  succeeded(await stack.destroy());
  fleet.die();
  note("all made, one host dead");
  const made = await stack.up("--continue-on-error");
  yield* costs("up", others, { alive: allMade, dead: made }, EACH * others.length);
}

/** `expected` is how many resources of the others are changed. */
function* costs(
  what: string,
  others: readonly string[],
  { alive, dead }: { alive: Run; dead: Run },
  expected: number,
): Iterable<Measured> {
  const { create = 0, update = 0 } = changes(dead);
  // The engine counts the stack, too, when it makes it.
  const done = create > 0 ? create - 1 : update;
  if (dead.exitCode === 0) throw new Error(`${what}: succeeded with a dead host`);
  const peer = { name: "all alive", value: lastOf(alive, others) };
  const named = `${what}, one host dead`;
  yield { name: `${named}: until the others are done`, value: lastOf(dead, others), unit: "s", peer, mostRatio: 1.1 };
  yield { name: `${named}: to the end of the run`, value: dead.durationMs / 1000, unit: "s" };
  yield { name: `${named}: resources of the others that were left out`, value: expected - done, most: 0 };
}

/** When the last resource of these hosts was done, in seconds from the beginning of the run; the engine gives whole ones. */
function lastOf({ command, events }: Run, hosts: readonly string[]): number {
  const [first] = events;
  const last = events.findLast(({ resOutputsEvent }) => hosts.includes(hostOf(resOutputsEvent?.metadata.urn ?? "")));
  if (!first || !last) throw new Error(`${command}: no events`);
  return last.timestamp - first.timestamp;
}

/** Names of a fleet's resources begin with their host's. */
function hostOf(urn: string): string {
  return urn.split("::").at(-1)?.split("-")[0] ?? "";
}
