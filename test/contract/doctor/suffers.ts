import { expect } from "vitest";
import type { Finding } from "../../../provider/doctor/finding.ts";
import type { Sickness } from "./faults.ts";
import type { Site } from "./site.ts";

/** Findings as a failed test shows them. */
export const shown = (findings: readonly Finding[]) =>
  findings.map(({ check, subject, evidence, fix }) => `${check} ${subject}: ${evidence}. ${fix}`).join("\n");

/** Breaks the host, has the doctor look, and mends it whatever comes of that. */
export async function suffers(site: Site, sickness: Sickness): Promise<void> {
  const { breaks, mends, checks, says, outside, guest, silent = [] } = sickness;
  let findings: Finding[];
  try {
    await site.host.exec(breaks);
    await outside?.(site, true);
    findings = await site.diagnose(guest);
  } finally {
    await site.host.exec(mends);
    await outside?.(site, false);
  }
  const complaints = findings.filter(({ verdict }) => verdict === "fault" || verdict === "warning");
  expect([...new Set(complaints.map(({ check }) => check))].sort(), shown(complaints)).toEqual([...checks].sort());
  expect(shown(complaints.slice(0, 1))).toMatch(says);
  for (const { fix } of complaints) expect(fix).toBeTruthy();
  const unjudged = findings.filter(({ evidence }) => evidence.startsWith("not judged"));
  expect(unjudged.map(({ check }) => check)).toEqual(expect.arrayContaining([...silent]));
}
