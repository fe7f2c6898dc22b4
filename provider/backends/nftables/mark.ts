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

/** Of the bits beside it. Only from one chain to the next: whoever reads it takes it off, for others read marks, too. */
const PASSING_BITS = "0xb4000000";
const OTHER_BITS = "0x4bffffff";

/** Marks what the host's own policy is to leave alone: it goes to or from a network of ours, which judges it. */
export const PASS = `meta mark set meta mark | ${PASSING_BITS}`;

/** Accepts what is marked so, without the mark. */
export const ACCEPT_PASSING = `meta mark & ${PASSING_BITS} == ${PASSING_BITS} meta mark set meta mark & ${OTHER_BITS} accept`;

/** Accepts what a guest wants of the host, and says so to the host's own policy, which comes later. */
export const ADMIT = `${MARK} accept`;
