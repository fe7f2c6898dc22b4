import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout } from "../lab/engine/project.ts";
import { forward, network, program, Testbed } from "../lab/testbed.ts";

let testbed: Testbed;
beforeAll(async () => {
  testbed = await Testbed.start("hv1");
}, 120_000);
afterAll(() => testbed?.stop());

const review = (input: string, ...args: string[]) =>
  execa(process.execPath, [join(checkout, "dist/cli/index.js"), "review", ...args], { input, reject: false });

const HIDDEN = "address=/hidden.example/10.10.10.9";

test("a preview becomes a comment and a page, with the lines that up then writes; secrets and errors are told", async () => {
  const stack = await testbed.stack(network({ extra: forward }));
  const preview = async (...args: string[]) => (await stack.run(["preview", "--json", ...args])).stdout;
  await stack.run(["up", "--yes", "--skip-preview"], { check: true });

  await stack.write(program(network({ extra: forward.replace("8080", "8081") })));
  const changed = await preview();
  const [comment, page] = await Promise.all([review(changed), review(changed, "--html")]);
  expect(comment.stdout).toBe(`### Preview of \`kvmnet-lab/lab\`

**1 to update, on 1 host**

#### \`hv1\`

<details open><summary><code>~ PortForward &quot;web&quot;</code> update</summary>

\`elements inet kvmnet_br0 web\`

\`\`\`diff
-any4 { tcp . 8080 : 10.10.10.10 . 80 }
+any4 { tcp . 8081 : 10.10.10.10 . 80 }
\`\`\`

</details>`);
  expect(page.stdout).toContain("<ins>+any4 { tcp . 8081 : 10.10.10.10 . 80 }</ins>");
  expect([comment.exitCode, page.exitCode]).toEqual([0, 0]);

  await testbed.host.exec("nft delete element inet kvmnet_br0 any4 '{ tcp . 8080 }'");
  const drifted = await review(await preview("--refresh"));
  expect(drifted.stdout).toContain("-# missing: any4 { tcp . 8080 : 10.10.10.10 . 80 }\n+any4 { tcp . 8081");

  const secret = network({ extra: forward }).replace(
    "bridge, domain",
    `bridge, extraLines: pulumi.secret(["${HIDDEN}"]), domain`,
  );
  await stack.write(program(secret));
  const hidden = await review(await preview());
  expect(hidden.stdout).toContain("an argument is secret, and so are the lines that come of it");
  expect(hidden.stdout).not.toContain("hidden.example");

  await stack.write(program(network({ extra: forward.replace("8080", "80800") })));
  const wrong = await review(await preview());
  expect(wrong.stdout).toContain("**The preview failed");
  expect(wrong.stdout).toContain("80800");
  expect(wrong.exitCode).toBe(1);
});
