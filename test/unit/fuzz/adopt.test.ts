/** Whatever a host says when it is surveyed: there is a program, or a refusal, and the program is one that compiles. */
import fc from "fast-check";
import ts from "typescript";
import { expect } from "vitest";
import { importText } from "../../../provider/adopt/import-file.ts";
import { programText } from "../../../provider/adopt/program.ts";
import { survey } from "../../../provider/adopt/survey.ts";
import { parsePicture } from "../../../provider/doctor/picture/picture.ts";
import { recorded } from "../doctor/recorded.ts";
import { holds } from "./cases.ts";
import { mutatedLines, oddText } from "./values.ts";

const names = Object.keys(recorded);
const said = fc.constantFrom(...names).chain((name) =>
  fc.tuple(
    fc.constant(name),
    mutatedLines((recorded[name] ?? []).join("\n").replaceAll(", ", ",\n")).map((text) => [
      text.replaceAll(",\n", ", "),
    ]),
  ),
);

holds(
  "a program comes of whatever a host says",
  fc.tuple(fc.array(said, { minLength: 1, maxLength: 3 }), oddText),
  ([changes, host]) => {
    try {
      const found = survey(parsePicture({ ...recorded, ...Object.fromEntries(changes) }, host));
      const program = programText(host, found);
      const source = ts.createSourceFile("index.ts", program, ts.ScriptTarget.Latest);
      expect((source as unknown as { parseDiagnostics: unknown[] }).parseDiagnostics).toEqual([]);
      // Nothing but declarations: what a host said is text or comment.
      const { statements } = source;
      const allowed = [
        ts.SyntaxKind.ImportDeclaration,
        ts.SyntaxKind.VariableStatement,
        ts.SyntaxKind.ExpressionStatement,
      ];
      expect(statements.filter(({ kind }) => !allowed.includes(kind))).toEqual([]);
      expect(statements.length).toBe(2 + found.declarations.length);
      JSON.parse(importText(host, found));
    } catch (error) {
      expect(error).toMatchObject({ name: "KvmnetError", code: "unmet" });
    }
  },
);
