import type { Expectation } from "../model/resource.ts";

/** What the user calls a host may be another machine since: installed anew, or the name leads elsewhere (machine-id(5)). */
export function anotherMachine(hostName: string, before: string): string {
  return `${hostName} is another machine now; it was the one with machine id ${before}.`;
}

/** That the host is still the machine that was planned for, and on which the objects are. */
export function sameMachine(hostId: string | undefined): Expectation[] {
  if (hostId === undefined) return [];
  const explain = (_: string, hostName: string) => ({
    path: "host",
    text: `${anotherMachine(hostName, hostId)} Nothing was done. If this shall be on the new one, run pulumi refresh, then pulumi up.`,
  });
  return [{ expect: ["machine", hostId], explain }];
}

/** What to tell of a delete or a refresh that came to another machine; nothing when it is the same. */
export function leftOn(hostName: string, before: string | undefined, now: string): string | undefined {
  if (before === undefined || before === now) return undefined;
  return `${anotherMachine(hostName, before)} What that one still has of this stays on it.`;
}
