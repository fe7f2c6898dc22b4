/** What a message must be, whatever it is about. */
import { expect } from "vitest";

/** A reason begins with the path of an argument (quoted, if it is no word), and is fit for a terminal. */
export function isClear(reason: string, names: readonly string[]): void {
  const words = names.filter((name) => /^[\w.-]{1,64}$/.test(name));
  const named = words.some((name) => reason.startsWith(name) && /^(: |\.|\[)/.test(reason.slice(name.length)));
  const quoted = words.length < names.length && /^"[^\n]*?"(: |\.|\[)/.test(reason);
  expect(named || quoted, reason.slice(0, 200)).toBe(true);
  isPrintable(reason);
  expect(reason.length, reason.slice(0, 200)).toBeLessThan(1_000);
}

function isPrintable(text: string): void {
  expect(text.isWellFormed()).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.exec(text)).toBe(null);
}
