/**
 * The provider as a process of its own, so that it can be killed. Reads an order a line from its standard input and does what
 * the engine would have a provider do; answers in a line. It speaks with real hosts over real SSH.
 */
import { createInterface } from "node:readline";
import { closeAll } from "../../provider/host/pool.ts";
import { create, remove, update } from "../../provider/lifecycle/apply.ts";
import { check } from "../../provider/lifecycle/check.ts";
import { diff } from "../../provider/lifecycle/diff.ts";
import { read } from "../../provider/lifecycle/read.ts";
import { Session } from "../../provider/lifecycle/session.ts";
import { type Inputs, inputsOf, type State } from "../../provider/lifecycle/state.ts";
import { KvmnetError } from "../../provider/model/error.ts";
import type { ResourceDefinition } from "../../provider/model/resource.ts";
import * as resources from "../../provider/resources/index.ts";
import type { Answer, Order } from "./orders.ts";

const [host = ""] = process.argv.slice(2);
const session = new Session(undefined, { info: async () => {}, warn: async () => {} });
session.configure({ "kvmnet:host": host });

/** What another resource may ask for. */
const nothing = {
  ...{ owner: "urn:pulumi:t::faults::other::other", nonce: "other", adopt: false, texts: {}, expects: [], reads: [] },
  change: { put: [], drop: [], touch: [] },
};

async function planned(definition: ResourceDefinition, order: Order, state?: State): Promise<Inputs> {
  const self = `urn:pulumi:t::faults::pulumi-nodejs:dynamic/kvmnet:${order.type}::${order.name}`;
  const olds = state && inputsOf(definition, state);
  const { inputs, failures } = await check(definition, olds, { self, ...order.args }, session);
  if (failures.length === 0) return inputs as unknown as Inputs;
  throw new KvmnetError({ code: "invalid-args", message: failures.map(({ reason }) => reason).join("\n") });
}

async function obey(order: Order): Promise<Answer> {
  if (order.verb === "close") return await closeAll().then(() => ({}));
  if (order.verb === "ask")
    return await session
      .host(host)
      .submit(nothing)
      .then(() => ({}));
  const definition = Object.values<unknown>(resources).find((one) => (one as ResourceDefinition).type === order.type);
  const known = definition as ResourceDefinition;
  if (order.verb === "create") return { state: await create(known, await planned(known, order), session) };
  const { state } = order;
  if (!state) throw new TypeError(`${order.verb} of what was not created`);
  if (order.verb === "delete") return await remove(known, state, session).then(() => ({}));
  const inputs = await planned(known, order, state);
  if (order.verb === "update") return { state: await update(known, state, inputs, session) };
  const found = await read(known, state, session);
  return found ? { state: found.props, changes: diff(known, found.props, inputs).changes } : { gone: true };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line) as Order).catch((error: unknown): Answer => {
    const known = error instanceof KvmnetError;
    return { error: { known, message: known ? error.message : String((error as Error).stack) } };
  });
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await closeAll();
process.exit();
