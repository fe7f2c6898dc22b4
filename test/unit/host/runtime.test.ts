import { expect, test } from "vitest";
import { runtime } from "../../../provider/host/runtime.ts";

test("no function of the runtime stands in for another's of the same name", () => {
  const names = [...runtime().text.matchAll(/^(\w+)\(\)/gm)].map(([, name]) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});
