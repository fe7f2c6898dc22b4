import * as z from "zod";
import { KvmnetError } from "../model/error.ts";

const values = z.record(z.string(), z.unknown());
const state = z.object({ type: z.string(), inputs: values.default({}), outputs: values.default({}) });

const step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: state.optional(),
  newState: state.optional(),
  replaceReasons: z.array(z.string()).nullish(),
});

const diagnostic = z.object({ urn: z.string().default(""), message: z.string(), severity: z.string() });

const preview = z.object({ steps: z.array(step).default([]), diagnostics: z.array(diagnostic).default([]) });

/** What the engine means to do with a resource. Secrets stand in it as `[secret]`. */
export type Step = z.output<typeof step>;
export type Diagnostic = z.output<typeof diagnostic>;
export type Preview = z.output<typeof preview>;

/** Reads what `pulumi preview --json` printed. Throws `invalid-args` on other text. */
export function parsePreview(text: string): Preview {
  const { data } = preview.safeParse(parsed(text));
  if (data) return data;
  throw new KvmnetError({
    code: "invalid-args",
    message: "this is no preview",
    nextStep: "Give it what `pulumi preview --json` prints.",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
