import { afterAll, beforeAll, expect, test } from "vitest";
import { badInputs } from "../golden/bad-input/cases.ts";
import type { Stack } from "../lab/stack.ts";
import { network, program, succeeded, Testbed } from "../lab/testbed.ts";

const spare = `new kvmnet.Bridge("br2", { addresses: ["10.30.0.1/24"] });`;
let testbed: Testbed;
let stack: Stack;

beforeAll(async () => {
  testbed = await Testbed.start("hv1");
  await testbed.host.exec("setsid -f busybox httpd -p 7777 -h /tmp");
  const standing = await testbed.stack(network({ extra: spare }), { project: "standing" });
  succeeded(await standing.up());
  stack = await testbed.stack("");
});
afterAll(() => testbed?.stop());

/** What only a real host finds, and of the rest, which `test/golden/bad-input.test.ts` has whole, a share. */
const shown = Object.entries(badInputs).filter(
  ([, { atUp, ofRealHost }], index) => atUp || ofRealHost || process.env.KVMNET_DEEP === "1" || index % 6 === 0,
);

test.each(shown)("%s is refused", async (_, { program: body, says, atUp }) => {
  await stack.write(program(body));
  const preview = await stack.preview();
  if (atUp) succeeded(preview);
  else expect(preview.exitCode).not.toBe(0);
  const run = atUp ? await stack.up() : preview;
  expect(run.exitCode).not.toBe(0);
  expect(reasonOf(run.stdout + run.stderr)).toBe(says);
});

/** What stands behind the engine's own words: once in the diagnostics, whole. */
function reasonOf(output: string): string {
  const [, diagnostics = output] = output.split("Diagnostics:");
  const [, reason = diagnostics] =
    /problem: ([\s\S]*?)\n(?:\n|\S| {2}pulumi)/.exec(diagnostics) ??
    /error: (?!update failed|preview failed)([\s\S]*?)\n\n/.exec(diagnostics) ??
    [];
  return reason.replace(/\n\s+/g, "\n").trim();
}
