import { differences, type Snapshot } from "../lab/quick/index.ts";

/** What two snapshots differ in, as a line for people; empty when it is nothing that matters. */
export function unlike(wanted: Snapshot, now: Snapshot): string {
  const all = differences(numberless(wanted), numberless(now)).filter(
    ({ key }) => !passing.some((pattern) => pattern.test(key)),
  );
  const told = all.slice(0, 6).map(({ key, before, after }) => `${key} [${cut(before)} → ${cut(after)}]`);
  return told.join(", ") + (all.length > told.length ? ` and ${all.length - told.length} more` : "");
}

const passing = [
  // Each create makes a token anew. Why a directory is there is only known as long as one of ours is in it.
  /^file:\/var\/lib\/kvmnet\/(dirs|.*\/(nonce|claims\/[^/]*):sha256$)/,
  // Comes with the first forward of a network and goes with the last.
  /^file:\/etc\/kvmnet\/nft\/[^/]+\.d$/,
  // These name the tap, which has another number each time. What else they say, a read of the resource compares.
  /^file:\/run\/libvirt\/qemu\/[^/]+\.xml(:sha256)?$/,
  /^file:\/var\/lib\/kvmnet\/objects\/nic[^/]*\/live(:sha256)?$/,
];

/** libvirt never gives a tap the same name twice. */
function numberless(snapshot: Snapshot): Snapshot {
  const same = (text: string) => text.replace(/\bvnet\d+\b/g, "vnet#");
  return Object.fromEntries(Object.entries(snapshot).map(([key, value]) => [same(key), same(value)]));
}

function cut(text: string | undefined): string {
  return text === undefined ? "absent" : text.slice(0, 60);
}
