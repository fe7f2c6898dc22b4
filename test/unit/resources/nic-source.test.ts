import { expect, test } from "vitest";
import { sourceExpectations, sourceWarnings } from "../../../provider/resources/nic-source.ts";

const macvtap = (mode: string) => ({ type: "direct", nic: "wlan0", mode }) as const;
/** What a host's word on each expectation reads like. */
const said = (mode: string, found: string) =>
  sourceExpectations(macvtap(mode)).map(({ expect: [name], explain }) => [name, explain(found, "hv1")]);

test("a macvtap on Wi-Fi is refused, and why", () => {
  const [first] = said("bridge", "wireless");
  expect(first).toEqual([
    "link-wired",
    {
      path: "macvtap",
      text: "wlan0 is Wi-Fi; its access point drops frames from guests' MAC addresses. Use a wired NIC, or a NatNetwork.",
    },
  ]);
});

test("only an interface of the guest's own is asked to be nobody else's", () => {
  expect(said("vepa", "").map(([name]) => name)).toEqual(["link-wired"]);
  expect(said("passthrough", "").map(([name]) => name)).toEqual(["link-wired", "link-unused"]);
  expect(sourceWarnings(macvtap("vepa"), "hv1")).toHaveLength(1);
  expect(sourceWarnings(macvtap("passthrough"), "hv1")).toEqual([]);
});
