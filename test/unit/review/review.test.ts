import fc from "fast-check";
import { marked } from "marked";
import { expect, test } from "vitest";
import { markdown } from "../../../provider/review/markdown.ts";
import { page } from "../../../provider/review/page.ts";
import { parsePreview } from "../../../provider/review/preview.ts";
import { reviewOf } from "../../../provider/review/review.ts";

interface Wanted {
  readonly op: string;
  readonly name?: string;
  readonly type?: string;
  readonly host?: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly replaceReasons?: readonly string[];
}

/** What the engine prints of a preview with these steps. */
function printed(steps: readonly Wanted[], diagnostics: readonly object[] = []): string {
  return JSON.stringify({
    config: {},
    steps: steps.map(({ op, name = "web", type = "PortForward", host = "hv1", before, after, replaceReasons }) => {
      const full = type.includes(":") ? type : `pulumi-nodejs:dynamic/kvmnet:${type}`;
      const state = (plan: unknown) => ({ type: full, inputs: { host, plan }, outputs: { host, plan } });
      return {
        ...{ op, urn: `urn:pulumi:prod::lab::${full}::${name}`, replaceReasons },
        ...(before !== undefined && { oldState: state(before) }),
        ...(after !== undefined && { newState: state(after) }),
      };
    }),
    diagnostics,
  });
}

const reviewed = (...of: Parameters<typeof printed>) => reviewOf(parsePreview(printed(...of)));

const FORWARD = "elements inet kvmnet_br0 web";
const UPDATE: Wanted = {
  ...{ op: "update", before: { [FORWARD]: "a\nb\nc\nd\n8080\n" }, after: { [FORWARD]: "a\nb\nc\nd\n8081\n" } },
};

test("each host object with the lines that change, by host", () => {
  const text = markdown(
    reviewed([
      UPDATE,
      { op: "create", name: "db", host: "hv2", after: { "file /etc/x": "one\n", "link br0": "up\n" } },
      { op: "delete", name: "old", before: { "file /etc/y": "one\n" } },
    ]),
  );
  expect(text).toBe(`### Preview of \`lab/prod\`

**1 to create, 1 to update, 1 to delete, on 2 hosts**

#### \`hv1\`

<details open><summary><code>~ PortForward &quot;web&quot;</code> update</summary>

\`elements inet kvmnet_br0 web\`

\`\`\`diff
 b
 c
 d
-8080
+8081
\`\`\`

</details>

<details><summary><code>- PortForward &quot;old&quot;</code> delete</summary>

\`file /etc/y\`

\`\`\`diff
-one
\`\`\`

</details>

#### \`hv2\`

<details><summary><code>+ PortForward &quot;db&quot;</code> create</summary>

\`file /etc/x\`

\`\`\`diff
+one
\`\`\`

\`link br0\`

\`\`\`diff
+up
\`\`\`

</details>
`);
});

test("what cannot be shown is said", () => {
  const { changes } = reviewed([
    { ...UPDATE, after: "[secret]" },
    { op: "create", name: "later", after: { deferred: "hv1 did not answer" } },
    { op: "create", name: "unknown", after: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" },
    { ...UPDATE, after: UPDATE.before },
    { op: "replace", name: "moved", before: {}, after: { [FORWARD]: "x\n" }, replaceReasons: ["network"] },
    { op: "create", name: "bucket", type: "aws:s3/bucket:Bucket", after: {} },
  ]);
  expect(changes.map(({ resource, host, notes }) => [resource, host, ...notes])).toEqual([
    ['PortForward "web"', "hv1", "an argument is secret, and so are the lines that come of it"],
    ['PortForward "later"', "hv1", "not planned yet: hv1 did not answer"],
    ['PortForward "unknown"', "hv1", "planned at up, when what it depends on is known"],
    ['PortForward "web"', "hv1", "nothing changes on the host"],
    ['PortForward "moved"', "hv1", "replaced because of network"],
    ['Bucket "bucket"', undefined],
  ]);
});

test("an object that several share is shown once a host; a look at what stands is no change", () => {
  const shared = { "shared file /etc/kvmnet/leases.sh": "one\n" };
  const { changes } = reviewed([
    { ...UPDATE, op: "refresh" },
    { op: "create", name: "a", after: shared },
    { op: "create", name: "b", after: shared },
    { op: "create", name: "c", host: "hv2", after: shared },
  ]);
  expect(changes.map(({ operation, objects }) => [operation, objects[0]?.lines.length])).toEqual([
    ["create", 1],
    ["create", 0],
    ["create", 1],
  ]);
  expect(
    markdown(
      reviewed([
        { op: "create", after: shared },
        { op: "create", after: shared },
      ]),
    ),
  ).toContain("`shared file /etc/kvmnet/leases.sh (shared, as above)`");
});

test("what the preview had to say comes first; with an error it has failed", () => {
  const urn = "urn:pulumi:prod::lab::pulumi-nodejs:dynamic/kvmnet:NatNetwork::br0";
  const failed = reviewed([UPDATE], [{ urn, severity: "error", message: "error: natt: not an argument.\n" }]);
  expect(failed.failed).toBe(true);
  expect(markdown(failed)).toContain("**The preview failed; until then: 1 to update, on 1 host**\n\n**Error**\n\n");
  expect(failed.remarks).toEqual([{ severity: "error", text: 'NatNetwork "br0": natt: not an argument.' }]);
  const told = reviewed(
    [],
    [
      { severity: "info", message: "web runs" },
      { severity: "warning", message: "warning: slow" },
    ],
  );
  expect(told.failed).toBe(false);
  expect(markdown(told)).toContain("**Note**\n\n```text\nweb runs\n```\n\n**Warning**\n\n```text\nslow\n```");
  expect(markdown(reviewed([]))).toContain("**Nothing to do**");
});

test("a comment has as many lines as fit, and says which are left out; the page has all", () => {
  const review = reviewed(
    [1, 2, 3].map((n) => ({ op: "create", name: `n${n}`, after: { "file /x": "line of text\n".repeat(3_000) } })),
  );
  const text = markdown(review);
  expect(text.length).toBeLessThan(65_536);
  expect(text).toContain("<code>+ PortForward &quot;n3&quot;</code> create (its lines are too many for a comment");
  expect(page(review).match(/<ins>/g)).toHaveLength(9_000);
});

test.each(["", "{", "[]", '"x"', '{"steps":[{"op":1}]}'])("%j is no preview", (text) => {
  expect(() => parsePreview(text)).toThrow("this is no preview. Give it what `pulumi preview --json` prints.");
});

/** Characters that Markdown, HTML or a terminal give a meaning to. */
const hostile = fc.string({
  unit: fc.constantFrom(
    ..."`~<>&'\"[](){}*_#|!-+=\\/\n\r\t @a1\u001b\u202e",
    "```",
    "</details>",
    "<script>",
    "\n\n",
    "-->",
  ),
  maxLength: 40,
});

/** A preview with these texts wherever one can stand. */
const withTexts = (name: string, host: string, line: string, message: string) =>
  reviewed(
    [
      { op: "create", name, host, after: { [`file /${name}`]: `${line}\n` } },
      { op: "update", name: "x", host, before: { "file /b": `${line}\n` }, after: { "file /b": `${line}\n${line}\n` } },
      { op: "create", name: "later", host, after: { deferred: message } },
    ],
    [{ severity: "warning", message: `a${message}` }],
  );

test("nothing that comes from a program or a host becomes markup", () => {
  const harmless = shape(markdown(withTexts("n", "h", "x", "")));
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, (name, host, line, message) => {
      const review = withTexts(name, `h${host}`, line, message);
      const [comment, html] = [markdown(review), page(review)];
      expect(shape(comment)).toEqual(harmless);
      expect(
        html
          .slice(html.indexOf("</style>"))
          .match(/<[^>]*>/g)
          ?.filter((tag) => !OURS.test(tag)),
      ).toEqual([]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      for (const text of [comment, html]) expect(text).not.toMatch(/[\x1b\r\u202e]/);
    }),
  );
});

const OURS =
  /^<\/?(style|h1|h2|p|strong|details|summary|code|pre|ins|del|span|html)( open| class="(change|note|warning|error|between)")?>$/;

/** The kinds of blocks that Markdown makes of a text, what is in them, and the tags of its HTML. */
function shape(text: string): string[] {
  return marked
    .lexer(text)
    .filter(({ type }) => type !== "space")
    .flatMap((token) => [
      token.type,
      ...("tokens" in token ? (token.tokens ?? []).map(({ type }) => type) : []),
      ...(token.type === "html" ? (token.raw.match(/<[^>]*>/g) ?? []) : []),
    ]);
}
