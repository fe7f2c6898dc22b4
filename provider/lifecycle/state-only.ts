import type { Mistake } from "../model/mistake.ts";
import type { StateOnlyDefinition } from "../model/state-only.ts";
import type { CheckResult } from "./check.ts";
import { depthMistakes } from "./depth.ts";
import { masker } from "./mask.ts";
import { given, prune, sameValue } from "./state.ts";
import { hasUnknown, UNKNOWN } from "./unknown.ts";
import { validate } from "./validate.ts";

type Props = Record<string, unknown>;

/** Of the interface of a dynamic provider, what a resource without a host has: no `read` and no `delete`. */
export interface StateOnlyProvider {
  check(olds: Props, news: Props): Promise<CheckResult>;
  diff(id: string, olds: Props, news: Props): Promise<{ changes: boolean }>;
  create(inputs: Props): Promise<{ id: string; outs: Props }>;
  update(id: string, olds: Props, news: Props): Promise<{ outs: Props }>;
}

/** Puts a resource that lives in the state alone behind Pulumi's dynamic provider interface. It never connects. */
export function stateOnlyProvider(definition: StateOnlyDefinition): StateOnlyProvider {
  return {
    check: async (olds, news) => check(definition, olds, news),
    diff: async (_id, olds, news) => {
      const names = [...Object.keys(definition.args.shape), ...definition.outputs];
      return { changes: names.some((name) => !sameValue(olds[name], news[name])) };
    },
    create: async (inputs) => ({ id: definition.type, outs: inputs }),
    update: async (_id, _olds, news) => ({ outs: news }),
  };
}

function check(definition: StateOnlyDefinition, olds: Props, news: Props): CheckResult {
  const mask = masker(news);
  const fail = (mistakes: readonly Mistake[]): CheckResult => ({
    inputs: news,
    failures: mistakes.map(({ path, text }) => ({ property: "", reason: mask(`${path}: ${text}`) })),
  });
  const deep = depthMistakes(news);
  if (deep.length) return fail(deep);
  const validated = validate(definition, given(news));
  if (validated.mistakes?.length) return fail(validated.mistakes);
  if (!validated.args || hasUnknown(news)) {
    return {
      inputs: { ...news, ...Object.fromEntries(definition.outputs.map((name) => [name, UNKNOWN])) },
      failures: [],
    };
  }
  const remembered = definition.remember(validated.args, olds);
  if (Array.isArray(remembered)) return fail(remembered);
  return { inputs: prune({ ...news, ...validated.args, ...remembered }), failures: [] };
}
