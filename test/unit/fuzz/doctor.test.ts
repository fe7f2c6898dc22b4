/** Whatever a host says when the doctor looks at it: there is a diagnosis, or a refusal, and both are fit for a terminal. */
import fc from "fast-check";
import { expect } from "vitest";
import { diagnosed, jsonText, plainText } from "../../../provider/doctor/diagnosis.ts";
import { examine } from "../../../provider/doctor/examine.ts";
import { parsePicture } from "../../../provider/doctor/picture/picture.ts";
import { recorded } from "../doctor/recorded.ts";
import { holds } from "./cases.ts";
import { mutatedLines, oddText } from "./values.ts";

const names = Object.keys(recorded);
const said = fc.constantFrom(...names).chain((name) =>
  fc.tuple(
    fc.oneof(fc.constant(name), oddText),
    fc.oneof(
      // A line of JSON is long: what is changed in it is more often a word than all of it.
      mutatedLines((recorded[name] ?? []).join("\n").replaceAll(", ", ",\n")).map((text) => [
        text.replaceAll(",\n", ", "),
      ]),
      mutatedLines((recorded[name] ?? []).join("\n")).map((text) => text.split("\n")),
      fc.array(oddText),
    ),
  ),
);

holds(
  "a diagnosis comes of whatever a host says",
  fc.tuple(fc.array(said, { minLength: 1, maxLength: 3 }), oddText),
  ([changes, guest]) => {
    let text: string;
    try {
      const diagnosis = diagnosed(
        "hv1",
        examine(parsePicture({ ...recorded, ...Object.fromEntries(changes) }, "hv1"), guest),
      );
      text = plainText(diagnosis);
      expect(JSON.parse(jsonText(diagnosis)).schema).toBe(1);
      for (const { verdict, fix } of diagnosis.findings)
        expect(fix !== undefined).toBe(verdict === "fault" || verdict === "warning");
    } catch (error) {
      expect(error).toMatchObject({ name: "KvmnetError", code: "unmet" });
      // A tab is no harm, and what a host says is quoted with it.
      text = (error as Error).message.replaceAll("\t", " ");
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/.exec(text)?.[0]).toBe(undefined);
    expect(text.isWellFormed()).toBe(true);
  },
);
