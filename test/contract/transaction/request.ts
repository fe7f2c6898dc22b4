/** Requests as the lifecycle makes them, had run on a host without a client. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { FakeHost } from "../../../provider/host/fake.ts";
import { runtime } from "../../../provider/host/runtime.ts";
import { create } from "../../../provider/lifecycle/apply.ts";
import { check } from "../../../provider/lifecycle/check.ts";
import { Session } from "../../../provider/lifecycle/session.ts";
import type { Inputs } from "../../../provider/lifecycle/state.ts";
import type { Facts } from "../../../provider/model/facts.ts";
import type { ResourceDefinition } from "../../../provider/model/resource.ts";
import { encodeRequest } from "../../../provider/plan/encode.ts";
import { installOrder } from "../../../provider/plan/plan.ts";
import type { Member } from "../../../provider/plan/request.ts";
import type { QuickHost } from "../../lab/quick/index.ts";

const file = `/run/kvmnet/runtime-${runtime().version}.sh`;

/** What the lifecycle has a host do for new resources, each given by what it is, its name, and its arguments. */
export async function creations(
  wanted: readonly (readonly [definition: { readonly type: string }, name: string, args: object])[],
  facts?: Facts,
): Promise<Member[]> {
  const host = new FakeHost("steps", { ...(facts && { facts }) });
  const session = new Session(() => host);
  session.configure({ "kvmnet:host": "steps" });
  for (const [given, name, args] of wanted) {
    const definition = given as ResourceDefinition;
    const self = `urn:pulumi:t::steps::pulumi-nodejs:dynamic/kvmnet:${definition.type}::${name}`;
    const { inputs, failures } = await check(definition, undefined, { self, ...args }, session);
    expect(failures).toEqual([]);
    await create(definition, inputs as unknown as Inputs, session);
  }
  // They were planned for no machine.
  return host.members.map((member) => ({ ...member, expects: member.expects.filter(([name]) => name !== "machine") }));
}

/** What takes away again what the member makes. */
export function removal(member: Member): Member {
  const drop = installOrder(member.change.put).toReversed();
  return { ...member, change: { put: [], drop, touch: [] }, texts: {}, expects: [], reads: [] };
}

/** Puts the runtime where a client would. */
export async function install(host: QuickHost): Promise<void> {
  await host.exec(`mkdir -p -m 0700 /run/kvmnet/tx && cat > ${file}`, { input: runtime().text });
}

/** How a request is run: killed at a step, if any, and with what else in its environment. */
export interface How {
  killAt?: number;
  env?: Record<string, string>;
}

/** Has the host run a request; its report, if it came to that, else nothing. */
export async function run(host: QuickHost, request: readonly Member[], { killAt, env }: How = {}): Promise<string> {
  const id = randomUUID();
  const all = { ...env, ...(killAt && { KVMNET_TEST_KILL: String(killAt) }) };
  const words = Object.entries(all).map(([name, value]) => `${name}=${value} `);
  const input = encodeRequest(id, "tx", request);
  await host.exec(`${words.join("")}setsid --wait sh ${file} run ${id}`, { input, mayFail: true });
  return (await host.exec(`cat /run/kvmnet/tx/${id}.report 2> /dev/null || true`)).stdout;
}

/** Has the next request, whatever it is, put right what a killed one left. */
export async function recover(host: QuickHost, like: Member): Promise<void> {
  const change = { put: [], drop: [], touch: [] };
  expect(await run(host, [{ ...like, change, texts: {}, expects: [], reads: [] }])).toContain(">member 0 ok");
}
