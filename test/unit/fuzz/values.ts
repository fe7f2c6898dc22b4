/** Values that nobody expects, and valid ones with something wrong in them. */
import fc from "fast-check";
import { UNKNOWN } from "../../../provider/lifecycle/unknown.ts";

/** Names that objects have from their prototype, or that would change it. */
export const prototypeKeys = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

/** Texts on which a pattern that goes back and forth would never end, and huge ones. */
const huge = fc
  .tuple(
    fc.constantFrom(
      "a",
      "1",
      "0:",
      "1.",
      "-",
      "*",
      "*a",
      "a-",
      "a.",
      " ",
      "\t",
      "\n",
      "255.",
      "::",
      "%h",
      "|",
      ">",
      "é",
      "ab:",
    ),
    fc.constantFrom(40, 300, 5_000, 100_000),
    fc.constantFrom("", "!", "\n", "x", "/24", "\u0000"),
  )
  .map(([piece, times, end]) => piece.repeat(times / piece.length) + end);

/** Text with a meaning somewhere: to a shell, nft, XML, a path, a terminal, our own protocol, or to JavaScript. */
const pointed = fc.constantFrom(
  ...[
    "",
    " ",
    "\u0000",
    "\n",
    "\r\n",
    "\u001b[2J",
    "\u009b2J",
    "\u007f",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\ud800",
    "x\udc00",
    "😀",
  ],
  ...["$(id)", "`id`", "'", '"', "\\", ";", "../../etc/passwd", "-rf", "--help", "%s%n", "#", "!", "~"],
  ...["}; flush ruleset; {", "'/><target dev='x'/>", "]]>", "<!--", "&lt;", ">end x", "|x", ">member 0 ok"],
  ...["NaN", "Infinity", "1e400", "0x1f", "-0", "١٢", "1_000", "null", "undefined", "true", "[]", "{}", UNKNOWN],
  ...[
    "0.0.0.0/0",
    "255.255.255.255/32",
    "10.0.0.1/33",
    "::/0",
    "::ffff:1.2.3.4",
    "fe80::1%eth0",
    "1.2.3.4/08",
    "010.0.0.1",
  ],
  ...[
    "0-65536",
    "2-1",
    "1-",
    "-1",
    "1-2-3",
    "00:00:00:00:00:00",
    "ff:ff:ff:ff:ff:ff",
    "any",
    "lo",
    "all",
    "default",
    ...prototypeKeys,
  ],
);

export const oddText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: pointed },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) }),
  },
  { weight: 1, arbitrary: huge },
);

const oddNumber = fc.oneof(
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0,
    -1,
    1.5,
    2 ** 31,
    2 ** 53,
    1e308,
    5e-324,
  ),
  fc.integer(),
  fc.double(),
);

/** Lists in lists, or objects in objects, deeper than any program means them. */
const deep = fc
  .tuple(fc.constantFrom(20, 200, 1_000), fc.constantFrom("list", ...prototypeKeys, "host", "x"))
  .map(([depth, key]) => {
    let value: unknown = "x";
    for (let level = 0; level < depth; level++) value = key === "list" ? [value] : own({}, key, value);
    return value;
  });

const many = fc.tuple(oddNumber, fc.constantFrom(0, 3, 1_000)).map(([value, times]) => Array(times).fill(value));

/** Anything that may come over the engine's wire, and some things that may not. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: oddText },
  { weight: 3, arbitrary: oddNumber },
  { weight: 2, arbitrary: fc.constantFrom(null, undefined, true, false, [], {}) },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: many },
  {
    weight: 1,
    arbitrary: fc.object({ key: fc.oneof(oddText, fc.constantFrom(...prototypeKeys)), maxDepth: 3, maxKeys: 5 }),
  },
  // How the engine writes a secret and an asset.
  {
    weight: 1,
    arbitrary: oddText.map((text) => ({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: text,
    })),
  },
);

/** Sets a property of the object itself, whatever it is called. */
export function own<T extends object>(object: T, key: PropertyKey, value: unknown): T {
  // A list has places and nothing else: neither JSON nor the engine's wire has a word for a list's own `constructor`.
  if (Array.isArray(object) && !/^\d+$/.test(String(key))) return object;
  return Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

type Place = { readonly holder: object; readonly key: string };

/** Where something can be wrong; not far inside of what was made deep before. */
function places(value: unknown, depth = 0): Place[] {
  if (typeof value !== "object" || value === null || depth > 8) return [];
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...places(inner, depth + 1)]);
}

const edits = ["replace", "replace", "replace", "drop", "add", "wrap", "repeat", "splice", "splice"] as const;
const edit = fc.record({
  where: fc.nat(),
  how: fc.constantFrom(...edits),
  key: fc.oneof(oddText, fc.constantFrom(...prototypeKeys)),
  value: odd,
  text: oddText,
});

/** Copies of a valid value with one to three things wrong in them. */
export function mutated<T>(valid: T): fc.Arbitrary<T> {
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((changes) => {
    const root = { value: structuredClone(valid) };
    // Values of other cases are among them; what is put into one here must not be there in the next.
    for (const change of changes) apply(root, { ...change, value: structuredClone(change.value) });
    return root.value;
  });
}

function apply(
  root: object,
  {
    where,
    how,
    key,
    value,
    text,
  }: { where: number; how: (typeof edits)[number]; key: string; value: unknown; text: string },
): void {
  const all = places(root).slice(1);
  const place = all[where % Math.max(1, all.length)];
  if (!place) return;
  const { holder } = place;
  const here = Reflect.get(holder, place.key) as unknown;
  if (how === "replace") own(holder, place.key, value);
  else if (how === "drop") Reflect.deleteProperty(holder, place.key);
  else if (how === "add") own(typeof here === "object" && here !== null ? here : holder, key, value);
  else if (how === "wrap") own(holder, place.key, [here]);
  else if (how === "repeat") own(holder, place.key, Array.isArray(here) ? [...here, ...here, ...here] : [here, here]);
  else if (typeof here === "string") own(holder, place.key, spliced(here, where, text));
}

/** The text with a piece of it replaced. */
export function spliced(text: string, at: number, piece: string): string {
  const from = at % (text.length + 1);
  return text.slice(0, from) + piece + text.slice(from + (at % 7));
}

/** Copies of a text with some lines of it replaced, doubled, dropped or damaged. */
export function mutatedLines(valid: string): fc.Arbitrary<string> {
  const change = fc.record({ where: fc.nat(), how: fc.nat({ max: 4 }), text: oddText });
  return fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) => {
    const lines = valid.split("\n");
    for (const { where, how, text } of changes) {
      const at = where % Math.max(1, lines.length);
      const line = lines[at] ?? "";
      if (how === 0) lines.splice(at, 1);
      else if (how === 1) lines.splice(at, 0, line);
      else if (how === 2) lines[at] = text;
      else lines[at] = spliced(line, where, text);
    }
    return lines.join("\n");
  });
}
