/** The name of a host comes to lead to another machine, or the machine gets another id. */
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { State } from "../../../provider/lifecycle/state.ts";
import { Direct } from "../../lab/direct.ts";
import { differences, QuickHost, type Snapshot } from "../../lab/quick/index.ts";

let hosts: [QuickHost, QuickHost];
let empty: [Snapshot, Snapshot];
/** One program, whose host is the first machine or the second. */
let direct: [Direct, Direct];
let state: State;
const args = { addresses: ["10.10.10.1/24"] };
const wider = { ...args, mtu: 1400 };

beforeAll(async () => {
  hosts = await Promise.all([QuickHost.start({ name: "hv1" }), QuickHost.start({ name: "hv2" })]);
  const [one, two] = hosts;
  const renamed = `${two.sshConfig}-as-hv1`;
  await writeFile(renamed, (await readFile(two.sshConfig, "utf8")).replaceAll(/^Host hv2$/gm, "Host hv1"));
  empty = [await one.snapshot(), await two.snapshot()];
  direct = [new Direct("hv1", one.sshConfig), new Direct("hv1", renamed)];
});
afterAll(() => Promise.all(hosts?.map((host) => host.stop()) ?? []));

/** Both read the user's SSH configuration when they are first used. */
const by = (which: 0 | 1, sshConfig: string): Direct => {
  process.env.KVMNET_SSH_CONFIG = sshConfig;
  return direct[which];
};
const first = () => by(0, hosts[0].sshConfig);
const second = () => by(1, `${hosts[1].sshConfig}-as-hv1`);

test("another machine under the name of one is not changed, and what was made is not taken to be on it", async () => {
  state = await first().make("bridge", "br0", args);
  await expect(second().change("bridge", state, wider)).rejects.toThrow(
    `host: hv1 is another machine now; it was the one with machine id ${state.hostId}. Nothing was done. If this shall be on the new one, run pulumi refresh, then pulumi up.`,
  );
  expect(await second().read("bridge", state)).toBeUndefined();
  expect(direct[1].said.at(-1)).toMatch(/What that one still has of this stays on it\.$/);
  await second().remove("bridge", state);
  expect(differences(empty[1], await hosts[1].snapshot())).toEqual([]);
  expect(await first().stands("bridge", state, args)).toBe(true);
});

test("a machine that got another id has what it had, once a refresh has seen it", async () => {
  const id = "5".repeat(32);
  const before = (await hosts[0].exec("cat /etc/machine-id")).stdout;
  await hosts[0].exec(`echo ${id} > /etc/machine-id`);
  await expect(first().change("bridge", state, wider)).rejects.toThrow("hv1 is another machine now");
  state = (await first().read("bridge", state)) as State;
  expect(state.hostId).toBe(id);
  state = await first().change("bridge", state, wider);
  expect((await hosts[0].exec("cat /sys/class/net/br0/mtu")).stdout).toBe("1400");
  await first().remove("bridge", state);
  await hosts[0].exec(`echo ${before} > /etc/machine-id`);
  expect(differences(empty[0], await hosts[0].snapshot())).toEqual([]);
});
