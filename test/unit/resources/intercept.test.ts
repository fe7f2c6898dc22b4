import fc from "fast-check";
import { expect, test } from "vitest";
import { type Intercepted, interceptOf } from "../../../provider/resources/intercept.ts";

const given = (ports: number[]): Intercepted => ({
  name: "dns",
  network: "br0",
  gateways: ["10.10.10.1/24"],
  target: "127.0.0.1",
  intercept: ["8.8.8.8"],
  ports,
});
const relays = (ports: number[]) =>
  new Map(interceptOf(given(ports)).relays?.listeners.map(({ targetPort, port }) => [targetPort, port]));

test("a relay's port is its own, whatever the order of what is led to", () => {
  const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(ports, (all) => {
      const first = relays(all);
      expect(new Set(first.values()).size).toBe(all.length);
      for (const port of first.values()) expect(port).toBeGreaterThan(60_999);
      expect([...relays(all.toReversed())].sort()).toEqual([...first].sort());
    }),
  );
});

test("a port more in front moves no relay", () => {
  const before = relays([80, 443]);
  const after = relays([25, 80, 443]);
  for (const [targetPort, port] of before) expect(after.get(targetPort)).toBe(port);
});
