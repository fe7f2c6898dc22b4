import { KvmnetError } from "../model/error.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import { parseKey } from "../plan/plan.ts";
import { asked, toError } from "./failure.ts";
import { leftOn } from "./machine.ts";
import type { Session } from "./session.ts";
import { applied, argumentsOf, inputsOf, isImported, planOf, type State, withOutputs } from "./state.ts";

/** What a read found: the inputs and outputs as the host has them, or `undefined` when the object is gone. */
export type ReadResult = { props: State; inputs: Record<string, unknown> } | undefined;

/**
 * Observes everything that the resource put on its host. What differs from the plan shows as differing lines of the
 * plan; what is missing is missing from it, and named beside it, so that nothing is orphaned.
 */
export async function read(definition: ResourceDefinition, state: State, session: Session): Promise<ReadResult> {
  if (state.plan === undefined) throw importing(definition);
  // Nothing was written yet that the host could be compared with.
  if (isImported(state)) return { props: state, inputs: inputsOf(definition, state) };
  const host = session.host(state.host);
  const args = argumentsOf(definition, state);
  const standing = applied(state);
  const planned = planOf(state);
  const report = await host.query({
    observe: standing.map((key) => ({ key, text: planned[key] ?? "" })),
    reads: definition.reads(args),
    // A refresh reads the whole stack.
    stack: `${state.self.split("::", 2).join("::")}::`,
  });
  if (!report.ok) throw toError(report, { hostName: host.name, expects: [], ...asked(state) });
  const missing = standing.filter((key) => report.objects[key] === undefined);
  const present = standing.filter((key) => !missing.includes(key));
  if (!present.some((key) => !parseKey(key).shared)) {
    const left = leftOn(host.name, state.hostId, report.hostId);
    if (left !== undefined) await session.log.warn(state.self, left);
    return undefined;
  }
  const plan = Object.fromEntries(present.map((key) => [key, report.objects[key] ?? ""]));
  const { missing: _, ...rest } = state;
  // A machine that got another id is the one that has it.
  const found = { ...rest, hostId: report.hostId, plan, ...(missing.length > 0 && { missing }) };
  const props: State = withOutputs(definition, found, definition.outputs(args, report.readings));
  return { props, inputs: inputsOf(definition, props) };
}

function importing(definition: ResourceDefinition): KvmnetError {
  return new KvmnetError({
    code: "invalid-args",
    message: `${definition.type} cannot be imported by its id alone. Import the file that npx kvmnet adopt writes, or declare it with adopt: true and run pulumi up.`,
  });
}
