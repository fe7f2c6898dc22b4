import { checks } from "./checks/index.ts";
import type { Check, Finding, Remark } from "./finding.ts";
import type { Picture } from "./picture/picture.ts";
import { sceneOf } from "./scene.ts";

/**
 * Climbs the ladder. What only follows from a fault further down is not judged: with plain IP cut, names cannot be
 * found, and DNS is not to blame.
 */
export function examine(picture: Picture, guest?: string): Finding[] {
  const scene = sceneOf(picture, guest);
  const faults: { check: string; remark: Remark }[] = [];
  return checks.flatMap((check) =>
    check.look(scene).map(({ on, ...remark }): Finding => {
      const cause = isComplaint(remark) && causeOf(check, on, faults);
      if (cause) {
        const evidence = `not judged: ${cause.check} of ${cause.remark.subject} comes first`;
        return { check: check.name, verdict: "unknown", subject: remark.subject, evidence };
      }
      if (remark.verdict === "fault")
        faults.push({ check: check.name, remark: { ...remark, ...(on !== undefined && { on }) } });
      return { check: check.name, ...remark };
    }),
  );
}

function isComplaint({ verdict }: Remark): boolean {
  return verdict === "fault" || verdict === "warning";
}

/** A fault of the whole host, or of the same bridge; a complaint about the whole host may follow from any. */
function causeOf(check: Check, on: string | undefined, faults: readonly { check: string; remark: Remark }[]) {
  return faults.find(
    ({ check: name, remark }) =>
      check.needs.includes(name) && (remark.on === undefined || on === undefined || remark.on === on),
  );
}
