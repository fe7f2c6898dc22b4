import type { Mistake } from "./mistake.ts";

/** Something that only one resource of a host may have, such as a host port. */
export interface Claim {
  /** Two claims can only clash when they are of the same space, such as `tcp`. */
  readonly space: string;
  /** An address, or any of a family (`0.0.0.0`, `::`): two claims clash when one holds the other. */
  readonly scope: string;
  /** The interface that it is claimed on. Default: all of them. */
  readonly link?: string;
  readonly first: number | bigint;
  readonly last: number | bigint;
  /** Who claims, as messages name it: `10.10.10.20:443 (PortForward "web")`. */
  readonly holder: string;
  /** The argument that makes the claim, such as `ports[0]`. */
  readonly path: string;
  /** What to do when it is taken. Default: what there is to do about a host's port. */
  readonly wayOut?: string;
  /** What it is claimed for: claims for one and the same thing do not clash. */
  readonly of?: string;
  /** The whole message when `holder` has it. Default: that of a port. */
  readonly says?: (holder: string, hostName: string) => string;
}

/** Of `claims`, each that one of `others` holds already. */
export function conflicts(claims: readonly Claim[], others: readonly Claim[], hostName: string): Mistake[] {
  return claims.flatMap((claim) => {
    const other = others.find((held) => clash(claim, held));
    if (!other) return [];
    const taken = Math.max(Number(claim.first), Number(other.first));
    const wayOut = claim.wayOut ?? "Choose another port, or different listenAddresses.";
    const text = `${claim.space} ${taken} on ${hostName} already goes to ${other.holder}. ${wayOut}`;
    return [{ path: claim.path, text: claim.says?.(other.holder, hostName) ?? text }];
  });
}

function clash(a: Claim, b: Claim): boolean {
  const scopes = holds(a.scope, b.scope) || holds(b.scope, a.scope);
  const links = a.link === undefined || b.link === undefined || a.link === b.link;
  const apart = a.of === undefined || a.of !== b.of;
  return apart && a.space === b.space && scopes && links && a.first <= b.last && b.first <= a.last;
}

function holds(wide: string, one: string): boolean {
  if (wide === "0.0.0.0") return !one.includes(":");
  return wide === one || (wide === "::" && one.includes(":"));
}
