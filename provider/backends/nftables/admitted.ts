/**
 * An accept of one table is no accept of the next (nft(8), "Verdict statements"): what a network lets its guests do with
 * the host carries this bit of the packet mark, which the host's own policy, that comes later, takes as its word. On the way in
 * nothing routes by the mark any more.
 */
const BIT = "0x4b000000";

/** Accepts, and says so to the host's own policy. */
export const ADMIT = `meta mark set meta mark | ${BIT} accept`;

/** Matches what a network of ours has admitted. */
export const ADMITTED = `meta mark & ${BIT} == ${BIT}`;
