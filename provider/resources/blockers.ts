import { type Firewall, firewalls } from "./coexist.ts";

/** Something on the host that keeps guests from the outside, and how to let them through. */
export interface Blocker {
  by: string;
  rule: string;
  fix: string;
}

/** Reads the runtime's `blockers` reading, `NAME<tab>RULE` a line, without what `beside` lets through. */
export function parseBlockers(reading: string, beside: readonly Firewall[]): Blocker[] {
  return reading.split("\n").flatMap((line) => {
    const [by = "", rule] = line.split("\t");
    const firewall = firewalls.find((one) => one === by.replace(/^iptables-legacy$/, "iptables"));
    if (rule === undefined || (firewall && beside.includes(firewall))) return [];
    const fix = firewall ? `add coexist: ["${firewall}"]` : "let packets of the bridge pass there";
    return [{ by, rule, fix }];
  });
}
