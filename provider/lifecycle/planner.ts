import { render } from "../backends/index.ts";
import type { Expectation, Found, ResourceDefinition } from "../model/resource.ts";
import { installOrder, type Plan } from "../plan/plan.ts";

/** A plan and what must hold on the host before it is applied. */
export interface Planned {
  readonly plan: Plan;
  readonly expects: readonly Expectation[];
}

/** From completed arguments to host objects: pure, and the only way to a plan. */
export function planFor(definition: ResourceDefinition, args: object, found: Found): Planned {
  const rendered = render(definition.desired(args, found), found);
  const plan = Object.fromEntries(installOrder(Object.keys(rendered)).map((key) => [key, rendered[key] ?? ""]));
  return { plan, expects: definition.expects(args, found) };
}
