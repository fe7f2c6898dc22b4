/**
 * An accept of one table is no accept of the next (nft(8), "Verdict statements"), and a translation of one cannot be told to
 * leave be by another: what our tables know of a packet they tell each other by this bit of its mark. On the way in nothing
 * routes by the mark any more, nor on the way through once the packet has its route.
 */
const BIT = "0x4b000000";

/** Marks the packet. */
export const MARK = `meta mark set meta mark | ${BIT}`;

/** Matches what is marked. */
export const MARKED = `meta mark & ${BIT} == ${BIT}`;

/** Accepts what a guest wants of the host, and says so to the host's own policy, which comes later. */
export const ADMIT = `${MARK} accept`;
