import { expect, test } from "vitest";
import { roleIn, widest } from "../../../provider/model/values/prefix.ts";
import { rangeMistakes, rangesOf } from "../../../provider/resources/ranges.ts";

test.each([
  ["10.0.0.0/24", "10.0.0.0", "own address"],
  ["10.0.0.0/24", "10.0.0.1", undefined],
  ["10.0.0.0/24", "10.0.0.255", "broadcast address"],
  ["10.0.0.0/31", "10.0.0.0", undefined],
  ["10.0.0.0/31", "10.0.0.1", undefined],
  ["10.0.0.7/32", "10.0.0.7", undefined],
])("in %s, %s is nobody's own: %s", (network, address, role) => {
  expect(roleIn(network, address)).toBe(role);
});

test("of a /31 both addresses are hosts' (RFC 3021): what the host does not have is leased", () => {
  const place = { network: "10.0.0.0/31", gateway: "10.0.0.0" };
  expect(rangesOf(undefined, place)).toEqual([{ first: "10.0.0.1", last: "10.0.0.1" }]);
  expect(rangeMistakes(["10.0.0.1-10.0.0.1"], place)).toEqual([]);
});

test.each([
  [["10.0.0.0/8", "10.1.0.0/16", "10.2.3.4"], ["10.0.0.0/8"]],
  [
    ["10.1.0.0/16", "10.0.0.0/8", "192.0.2.1"],
    ["10.0.0.0/8", "192.0.2.1"],
  ],
  [
    ["192.0.2.1", "192.0.2.1", "192.0.2.2"],
    ["192.0.2.1", "192.0.2.2"],
  ],
  [
    ["fd00:1::/32", "fd00:1:2::/48", "10.0.0.0/8"],
    ["fd00:1::/32", "10.0.0.0/8"],
  ],
  [
    ["10.0.0.0/16", "10.1.0.0/16"],
    ["10.0.0.0/16", "10.1.0.0/16"],
  ],
])("of %j, no other holds %j", (ranges, widestOnes) => {
  expect(widest(ranges)).toEqual(widestOnes);
});
