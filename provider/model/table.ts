import { createHash } from "node:crypto";

/**
 * Name of the nftables table of a bridge. The prefix keeps it clear of nft's reserved words (`ip`, `tcp`, `drop`); a
 * character that nft identifiers do not know becomes `_`, and a hash keeps two such names apart (nft(8), "Lexical
 * conventions").
 */
export function tableOf(bridge: string): string {
  return `kvmnet_${identifier(bridge)}`;
}

/** Name of the table that filters in front of a bridge's guests: no bridge's name makes it another bridge's `tableOf`. */
export function guestTableOf(bridge: string): string {
  return `kvmnetguests_${identifier(bridge)}`;
}

function identifier(bridge: string): string {
  if (/^[A-Za-z0-9_]+$/.test(bridge)) return bridge;
  const hash = createHash("sha256").update(bridge).digest("hex").slice(0, 6);
  return `${bridge.replaceAll(/[^A-Za-z0-9_]/g, "_")}_${hash}`;
}

/** Name of the table of a forward to several targets. No bridge has a slash in its name: none has this table. */
export function groupTableOf(bridge: string, forward: string): string {
  return tableOf(`${bridge}/${forward}`);
}
