import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "../host/host.ts";
import { KvmnetError } from "../model/error.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { installOrder, type Plan, type PlanChange, planChange } from "../plan/plan.ts";
import type { MemberReport } from "../plan/report.ts";
import type { Member } from "../plan/request.ts";
import { asked, toError } from "./failure.ts";
import { leftOn, sameMachine } from "./machine.ts";
import { masker } from "./mask.ts";
import { planFor } from "./planner.ts";
import type { Session } from "./session.ts";
import {
  applied,
  argumentsOf,
  type Inputs,
  isDeferred,
  isImported,
  outputsOf,
  planOf,
  type State,
  sameValue,
  seedOf,
  withOutputs,
} from "./state.ts";

type Success = Extract<MemberReport, { ok: true }>;

/** Makes the objects of a resource; takes over what an interrupted create of the same resource left. */
export async function create(definition: ResourceDefinition, inputs: Inputs, session: Session): Promise<State> {
  const host = session.host(inputs.host);
  const shown = isDeferred(inputs.plan) ? undefined : inputs.plan;
  const ready = shown ? inputs : await planNow(definition, inputs, host);
  const { plan, expects } = reviewed(definition, ready, shown);
  const nonce = randomUUID();
  const change = planChange({}, plan);
  const work = { nonce, change, plan, expects: [...sameMachine(ready.hostId), ...expects], definition };
  const report = await submit(host, session, ready, work);
  return await settle(definition, host, session, { ...ready, plan, nonce }, report);
}

/** Brings the objects from what stands (a refresh may have found it changed) to what is wanted, and only those. */
export async function update(
  definition: ResourceDefinition,
  olds: State,
  inputs: Inputs,
  session: Session,
): Promise<State> {
  const host = session.host(inputs.host);
  const shown = isDeferred(inputs.plan) ? undefined : inputs.plan;
  const ready = shown ? inputs : await planNow(definition, inputs, host);
  const { plan, expects } = reviewed(definition, ready, shown);
  const imported = isImported(olds);
  const nonce = imported ? randomUUID() : olds.nonce;
  const change = changeFrom(olds, ready, plan);
  const { deduced: _, missing: __, ...outputs } = outputsOf(definition, olds);
  const deduced = Object.fromEntries((olds.deduced ?? []).map((name) => [name, olds[name]]));
  const hostId = olds.hostId ?? ready.hostId;
  const state: State = {
    // What an output stood for may be given now.
    ...Object.fromEntries(Object.entries(outputs).filter(([name]) => !(name in deduced))),
    ...ready,
    ...(hostId && { hostId }),
    plan,
    nonce,
  };
  if (change.put.length + change.drop.length === 0 && sameArguments(definition, olds, ready)) {
    return withOutputs(definition, state, deduced);
  }
  // To import is to say that it shall be taken over.
  const takes = imported ? { adopt: true } : olds.self === ready.self ? {} : { formerly: olds.self };
  const work = { nonce, change, plan, expects: [...sameMachine(hostId), ...expects], definition, ...takes };
  const report = await submit(host, session, ready, work);
  return await settle(definition, host, session, state, report);
}

/** Removes what the resource made and still owns, and puts back what was there before. */
export async function remove(definition: ResourceDefinition, state: State, session: Session): Promise<void> {
  const drop = installOrder(applied(state)).reverse();
  if (drop.length === 0) return;
  const host = session.host(state.host);
  const change: PlanChange = { put: [], drop, touch: [] };
  const member: Member = {
    owner: state.self,
    nonce: state.nonce,
    adopt: false,
    ...confirming(definition, state),
    change,
    texts: {},
    expects: [],
    reads: [],
  };
  try {
    const { hostId } = await finish(await host.submit(member), [], host.name, session, state);
    const left = leftOn(host.name, state.hostId, hostId);
    if (left !== undefined) await session.log.warn(state.self, left);
  } catch (error) {
    if (!(error instanceof KvmnetError && error.code === "unreachable" && session.isSet("deleteUnreachable")))
      throw error;
    await session.log.warn(
      state.self,
      `${host.name} did not answer; left behind on it: ${drop.join(", ")}. ${error.message}`,
    );
  }
}

/** Plans a resource whose host did not answer when it was checked. */
async function planNow(definition: ResourceDefinition, inputs: Inputs, host: Host): Promise<Inputs> {
  const facts = await host.facts();
  const kept = facts.machineId === inputs.hostId ? inputs.found : undefined;
  const found = kept ?? definition.find?.(argumentsOf(definition, inputs) as never, facts) ?? {};
  const name = inputs.self.split("::").slice(3).join("::");
  const context = { name, urn: seedOf(inputs), found, hostName: host.name };
  const args = definition.complete(argumentsOf(definition, inputs), context);
  const mistakes = definition.mistakes(args, context, facts);
  if (mistakes.length) {
    const message = masker(inputs)(mistakes.map(({ path, text }) => `${path}: ${text}`).join("\n"));
    throw new KvmnetError({ code: "invalid-args", host: host.name, message });
  }
  return {
    ...inputs,
    ...args,
    ...definition.derived?.(args),
    hostId: facts.machineId,
    ...(definition.find && { found }),
  };
}

/** Renders again and refuses to act on anything but what was shown. */
function reviewed(definition: ResourceDefinition, inputs: Inputs, shown: Plan | undefined) {
  const planned = planFor(definition, argumentsOf(definition, inputs), inputs.found ?? {});
  if (shown && !sameValue(shown, planned.plan)) {
    const differing = Object.keys({ ...shown, ...planned.plan }).filter((key) => shown[key] !== planned.plan[key]);
    throw new KvmnetError({
      code: "unmet",
      message: `The plan changed after it was shown (${differing.join(", ")}); nothing was done. Run the preview again.`,
    });
  }
  return planned;
}

function changeFrom(olds: State, inputs: Inputs, plan: Plan): PlanChange {
  const change = planChange(planOf(olds), plan);
  const orphans = (olds.missing ?? []).filter((key) => !(key in plan));
  const renamed = olds.self !== inputs.self;
  return {
    put: renamed ? installOrder(Object.keys(plan)) : change.put,
    drop: installOrder([...change.drop, ...orphans]).reverse(),
    touch: renamed ? [] : change.touch,
  };
}

function sameArguments(definition: ResourceDefinition, olds: State, inputs: Inputs): boolean {
  return sameValue(argumentsOf(definition, olds), argumentsOf(definition, inputs));
}

interface Work {
  readonly nonce: string;
  readonly formerly?: string;
  readonly adopt?: boolean;
  readonly change: PlanChange;
  readonly plan: Plan;
  readonly expects: readonly Expectation[];
  readonly definition: ResourceDefinition;
}

async function submit(host: Host, session: Session, inputs: Inputs, work: Work): Promise<Success> {
  const sent = [...work.change.put, ...work.change.touch];
  const member: Member = {
    owner: inputs.self,
    ...(work.formerly !== undefined && { formerly: work.formerly }),
    nonce: work.nonce,
    adopt: work.adopt ?? inputs.adopt ?? false,
    ...confirming(work.definition, inputs),
    change: work.change,
    texts: Object.fromEntries(sent.map((key) => [key, work.plan[key] ?? ""])),
    expects: work.expects.map(({ expect }) => expect),
    reads: work.definition.reads(argumentsOf(work.definition, inputs)),
  };
  return await finish(await host.submit(member), work.expects, host.name, session, inputs);
}

function confirming(definition: ResourceDefinition, inputs: Inputs): { confirm?: number } {
  const confirm = definition.confirmSeconds?.(argumentsOf(definition, inputs));
  return confirm === undefined ? {} : { confirm };
}

/** Tells the user what the host did, or throws what it refused. */
async function finish(
  report: MemberReport,
  expects: readonly Expectation[],
  hostName: string,
  session: Session,
  inputs: Inputs,
): Promise<Success> {
  const mask = masker(inputs);
  if (!report.ok) {
    const error = toError(report, { hostName, expects, ...asked(inputs) });
    error.message = mask(error.message);
    throw error;
  }
  if (report.notes.length) await session.log.info(inputs.self, mask(report.notes.join("; ")));
  return report;
}

/** Completes the outputs, asking again (outside the host's lock) while the resource is still settling. */
async function settle(
  definition: ResourceDefinition,
  host: Host,
  session: Session,
  state: State,
  report: Success,
): Promise<State> {
  const args = argumentsOf(definition, state);
  const mask = masker(state);
  let outputs = definition.outputs(args, report.readings);
  const deadline = Date.now() + (definition.settle?.seconds(args) ?? 0) * 1000;
  while (definition.settle && !definition.settle.settled(outputs)) {
    if (Date.now() >= deadline) {
      if (definition.settle.seconds(args) > 0)
        await session.log.warn(state.self, mask(definition.settle.warning(args)));
      break;
    }
    await sleep(1000);
    const again = await host.query({ observe: [], reads: definition.reads(args) });
    if (again.ok) outputs = definition.outputs(args, again.readings);
  }
  for (const caution of definition.cautions?.(args, outputs, host.name) ?? [])
    await session.log.warn(state.self, mask(caution));
  return withOutputs(definition, { ...state, hostId: state.hostId ?? report.hostId }, outputs);
}
