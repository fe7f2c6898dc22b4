import { firewalls } from "./coexist.ts";

/** Something on the host that keeps guests from the outside, and how to let them through. */
export interface Blocker {
  by: string;
  rule: string;
  fix: string;
}

/** What lets guests through those firewalls that the runtime knows by name and `coexist` does not. */
const fixes: Record<string, string> = {
  "iptables-legacy": "accept the bridge's packets in iptables-legacy's FORWARD chain, or set its policy to ACCEPT",
};

/** Reads the runtime's `blockers` reading: `NAME<tab>RULE` a line. */
export function parseBlockers(reading: string): Blocker[] {
  return reading
    .split("\n")
    .filter((line) => line.includes("\t"))
    .map((line) => {
      const [by = "", rule = ""] = line.split("\t");
      return { by, rule, fix: fixOf(by) };
    });
}

function fixOf(by: string): string {
  if (firewalls.some((firewall) => firewall === by)) return `add coexist: ["${by}"]`;
  return fixes[by] ?? "let packets of the bridge pass there";
}
