/** Every argument of every resource, through the whole of `check`: a plan that a host could be sent, or a clear no. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { check } from "../../../provider/lifecycle/check.ts";
import { masker } from "../../../provider/lifecycle/mask.ts";
import { planFor } from "../../../provider/lifecycle/planner.ts";
import { Session } from "../../../provider/lifecycle/session.ts";
import { argumentsOf, isDeferred } from "../../../provider/lifecycle/state.ts";
import { UNKNOWN } from "../../../provider/lifecycle/unknown.ts";
import { encodeRequest } from "../../../provider/plan/encode.ts";
import { type Plan, planChange } from "../../../provider/plan/plan.ts";
import * as resources from "../../../provider/resources/index.ts";
import { type Sample, samples } from "../../contract/hostile/arguments.ts";
import { holds } from "./cases.ts";
import { isClear } from "./clear.ts";
import { mutated, odd, oddText } from "./values.ts";

process.env.KVMNET_SSH_CONFIG = "/dev/null";

const found = { backend: "networkd", systemDnsmasq: true, address: "10.70.0.1/24" };
const urn = ({ definition, name }: Sample) =>
  `urn:pulumi:prod::lab::pulumi-nodejs:dynamic/kvmnet:${definition.type}::${name}`;

/** A session that asks no host: what it would ask is in the old inputs. */
function session(): Session {
  const made = new Session(undefined, { info: async () => {}, warn: async () => {} });
  made.configure({ "kvmnet:offline": "true" });
  return made;
}

function checked(sample: Sample, args: unknown) {
  const common = { host: "hv1", self: urn(sample) };
  const olds = { ...sample.args, ...common, hostId: "m", found };
  return check(sample.definition, olds, { ...(args as object), ...common }, session());
}

/** A host could be sent it. */
function isSendable(definition: Sample["definition"], inputs: Record<string, unknown>): void {
  const plan = inputs.plan as Plan;
  const args = argumentsOf(definition, inputs);
  const { expects } = planFor(definition, args, (inputs.found ?? {}) as never);
  const member = { owner: String(inputs.self), nonce: "n", adopt: false, change: planChange({}, plan), texts: plan };
  const rest = { expects: expects.map(({ expect: one }) => one), reads: definition.reads(args) };
  const text = encodeRequest("id", "tx", [{ ...member, ...rest }]);
  expect(text.isWellFormed()).toBe(true);
  expect(definition.id(args)).toBeTypeOf("string");
  JSON.stringify(inputs);
}

test("all resources are in the samples, and each sample is fine as it is", async () => {
  expect(new Set(samples.map(({ definition }) => definition))).toEqual(new Set(Object.values(resources)));
  for (const sample of samples) {
    const { failures, inputs } = await checked(sample, sample.args);
    expect(failures).toEqual([]);
    isSendable(sample.definition, inputs);
  }
});

describe.each(samples)("$definition.type", (sample) => {
  const args = fc.oneof(
    { weight: 9, arbitrary: mutated(sample.args) },
    { weight: 1, arbitrary: fc.dictionary(oddText, odd) },
  );
  holds("gives a plan that can be sent, or says what is wrong and where", args, async (given) => {
    const { inputs, failures } = await checked(sample, given);
    expect(Object.keys(Object.prototype)).toEqual([]);
    for (const { property, reason } of failures) {
      expect(property).toBe("");
      isClear(reason, [...Object.keys(sample.definition.args.shape), ...Object.keys(given)]);
    }
    if (failures.length || inputs.plan === UNKNOWN || isDeferred(inputs.plan)) return;
    isSendable(sample.definition, inputs);
    const again = await check(sample.definition, inputs, { ...given, host: "hv1", self: urn(sample) }, session());
    expect(again.inputs).toEqual(inputs);
  });
});

const secrets = fc.array(fc.oneof(oddText, fc.constantFrom(..."[secret]")), { maxLength: 8 });
holds(
  "no secret is left in a text, which stays about as long",
  fc.tuple(secrets, fc.array(oddText)),
  ([all, around]) => {
    const text = [...all, ...around].join(" ");
    const masked = masker({ secretArgs: ["line"], line: all })(text);
    expect(masked.length).toBeLessThanOrEqual(text.length * "[secret]".length);
    const rest = masked.replaceAll("[secret]", "");
    for (const secret of all.filter((one) => one.length > 3)) expect(rest).not.toContain(secret);
  },
);
