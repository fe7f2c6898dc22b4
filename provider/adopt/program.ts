import { escapeControls } from "../plan/text.ts";
import type { Adoption, Declaration } from "./declaration.ts";

/** Characters of a line; the field's formatters agree on about as many. */
const WIDTH = 120;

/** The TypeScript program that declares what was found on a host. */
export function programText(host: string, { declarations, left }: Adoption): string {
  const named = variablesOf(declarations);
  const passed = new Set(declarations.flatMap(({ passes = {} }) => Object.values(passes).flat()));
  const blocks = declarations.map((declaration) => {
    const constructed = `new kvmnet.${declaration.type}(${literal(declaration.name)}, ${argumentsText(declaration, named)});`;
    const text = passed.has(declaration) ? `const ${named.get(declaration)} = ${constructed}` : constructed;
    return [...declaration.notes.map(comment), text].join("\n");
  });
  return [
    comment(`What npx kvmnet adopt found on ${host}. What stands under its own name is made known by`),
    "// `pulumi import --file import.json --generate-code=false --protect=false`; `pulumi up` then takes it over, and makes the rest.",
    'import * as kvmnet from "pulumi-kvmnet";',
    "",
    `const host = ${literal(host)};`,
    "",
    ...blocks.flatMap((block) => [block, ""]),
    ...(left.length ? ["// Left as it is:", ...left.map((text) => comment(`- ${text}`)), ""] : []),
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

/** `virbr10Bridge`: the name in the language's letters, and the class where two would be called the same. */
function variablesOf(declarations: readonly Declaration[]): Map<Declaration, string> {
  const words = { Bridge: "Bridge", DummyIface: "Anchor", NatNetwork: "Network", LibvirtNetwork: "Libvirt" };
  const taken = new Set<string>();
  return new Map(
    declarations.map((declaration) => {
      const { type, name } = declaration;
      const [first = "", ...rest] = name.split(/[^A-Za-z0-9]+/).filter(Boolean);
      const joined = [first, ...rest.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)].join("");
      const base = `${/^[0-9]|^$/.test(joined) ? "_" : ""}${joined}${words[type as keyof typeof words] ?? type}`;
      let variable = base;
      for (let count = 2; taken.has(variable); count++) variable = `${base}${count}`;
      taken.add(variable);
      return [declaration, variable];
    }),
  );
}

/** A piece of the program as it stands. */
class Code {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function argumentsText({ name, args, passes = {} }: Declaration, named: ReadonlyMap<Declaration, string>): string {
  const code = (one: Declaration) => new Code(named.get(one) ?? "");
  const given = Object.entries(passes).map(([key, passed]) => [
    key,
    Array.isArray(passed) ? passed.map(code) : code(passed as Declaration),
  ]);
  // The resource's own name is the default.
  const rest = Object.entries(args).filter(([key, value]) => !(key === "name" && value === name));
  return literal({ host: new Code("host"), ...Object.fromEntries(given), ...Object.fromEntries(rest) });
}

/** A value as the language writes it, on one line if it fits. */
function literal(value: unknown, indent = "", room = WIDTH - 40): string {
  const inline = inlined(value);
  if (inline.length + indent.length <= room || typeof value !== "object" || value === null || value instanceof Code) {
    return inline;
  }
  const deeper = `${indent}  `;
  const list = Array.isArray(value);
  const entries = list ? value.map((one) => ["", one]) : Object.entries(value);
  const lines = entries.map(([key, one]) => {
    const text = literal(one, deeper, WIDTH - String(key).length - 4);
    return `${deeper}${list ? text : text === key ? key : `${property(String(key))}: ${text}`},`;
  });
  return [list ? "[" : "{", ...lines, `${indent}${list ? "]" : "}"}`].join("\n");
}

function inlined(value: unknown): string {
  if (value instanceof Code) return value.text;
  if (Array.isArray(value)) return `[${value.map(inlined).join(", ")}]`;
  if (typeof value !== "object" || value === null) return quoted(value);
  const entries = Object.entries(value).map(([key, one]) => {
    const text = inlined(one);
    return text === key ? key : `${property(key)}: ${text}`;
  });
  return `{ ${entries.join(", ")} }`;
}

function property(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? key : quoted(key);
}

/** JSON is a part of the language; what could turn a reader's eye is escaped as well. */
function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? "undefined").replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Host-provided text in a comment of one line. */
function comment(text: string): string {
  return `// ${escapeControls(text.replace(/[\t\r\n]+/g, " "))}`;
}
