import { readFileSync } from "node:fs";
import { examine } from "../../../provider/doctor/examine.ts";
import type { Finding } from "../../../provider/doctor/finding.ts";
import { type FactLines, parsePicture } from "../../../provider/doctor/picture/picture.ts";

/**
 * What a lab host said of itself that has three networks, all in order: libvirt's default with a paused domain, one made by
 * hand with a guest, and one of ours with a forward. For what no lab host can have, and for what hosts should not have to be
 * broken for again.
 */
export const recorded: FactLines = JSON.parse(readFileSync(new URL("recorded.json", import.meta.url), "utf8"));

/** The record with some facts otherwise; undefined takes one out. */
export function otherwise(changes: Readonly<Record<string, readonly string[] | undefined>>): FactLines {
  const entries = Object.entries({ ...recorded, ...changes });
  return Object.fromEntries(entries.flatMap(([key, lines]) => (lines ? [[key, lines]] : [])));
}

/** The record with words in some facts replaced, in those whose name begins so. */
export function replaced(fact: string, from: string | RegExp, to: string): FactLines {
  const names = Object.keys(recorded).filter((name) => name.startsWith(fact));
  return otherwise(
    Object.fromEntries(names.map((name) => [name, recorded[name]?.map((line) => line.replace(from, to))])),
  );
}

/** All that is said of it. */
export function findings(facts: FactLines, guest?: string): Finding[] {
  return examine(parsePicture(facts, "hv1"), guest);
}

/** `CHECK SUBJECT: EVIDENCE` of each warning and fault. */
export function complaints(facts: FactLines, guest?: string): string[] {
  return findings(facts, guest)
    .filter(({ verdict }) => verdict === "fault" || verdict === "warning")
    .map(({ check, subject, evidence }) => `${check} ${subject}: ${evidence}`);
}
