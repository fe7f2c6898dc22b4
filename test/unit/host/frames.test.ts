import fc from "fast-check";
import { expect, test } from "vitest";
import { Frames } from "../../../provider/host/frames.ts";

/** Feeds output in pieces; what was found. */
function read(output: string, cuts: number[] = []): { answer?: string; words: string[] } {
  const frames = new Frames("nonce");
  const found: { answer?: string; words: string[] } = { words: [] };
  const listen = () =>
    frames.onWord((word) => {
      found.words.push(word);
      listen();
    });
  listen();
  frames.onAnswer("id-1", (text) => {
    found.answer = text;
  });
  const places = [0, ...cuts.map((cut) => cut % (output.length + 1)).sort((a, b) => a - b), output.length];
  for (const [index, place] of places.slice(1).entries()) frames.push(output.slice(places[index], place));
  return found;
}

const output =
  "Welcome\r\nno newlinenonce ready\nKVMNET-BEGIN id-0\nstale\nKVMNET-END id-0\nKVMNET-BEGIN id-1\n>tx id-1\n|KVMNET-END id-2\n>end id-1\nKVMNET-END id-1\n";

test("an answer is what stands between its markers, whatever noise is around and however it is cut up", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(output.length)), (cuts) => {
      expect(read(output, cuts)).toEqual({ answer: ">tx id-1\n|KVMNET-END id-2\n>end id-1", words: ["ready"] });
    }),
  );
});
test("an answer without its end is none", () => {
  expect(read(output.slice(0, -5)).answer).toBeUndefined();
});
test("an end that follows text without a newline is found", () => {
  expect(read("KVMNET-BEGIN id-1\nawk: errorKVMNET-END id-1\n").answer).toBe("awk: error");
});
