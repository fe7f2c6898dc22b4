import type { Mistake } from "./mistake.ts";

/** Something that only one resource of a host may have, such as a host port. */
export interface Claim {
  /** Two claims can only clash when they are of the same space, such as `tcp`. */
  readonly space: string;
  /** `any`, or where in the space: two claims clash when they are equal or one is `any`. */
  readonly scope: string;
  readonly first: number;
  readonly last: number;
  /** Who claims, as messages name it: `10.10.10.20:443 (PortForward "web")`. */
  readonly holder: string;
  /** The argument that makes the claim, such as `ports[0]`. */
  readonly path: string;
}

/** The first of `claims` that one of `others` holds already. */
export function firstConflict(
  claims: readonly Claim[],
  others: readonly Claim[],
  hostName: string,
): Mistake | undefined {
  for (const claim of claims) {
    const other = others.find((held) => clash(claim, held));
    if (!other) continue;
    const taken = Math.max(claim.first, other.first);
    return {
      path: claim.path,
      text: `${claim.space} ${taken} on ${hostName} already goes to ${other.holder}. Choose another port, or different listenAddresses.`,
    };
  }
  return undefined;
}

function clash(a: Claim, b: Claim): boolean {
  const scopes = a.scope === b.scope || a.scope === "any" || b.scope === "any";
  return a.space === b.space && scopes && a.first <= b.last && b.first <= a.last;
}
