import type { Check, Remark } from "../finding.ts";
import type { Network } from "../networks.ts";

/** The bridge has the address that guests take for their gateway. */
export const bridgeAddress: Check = {
  name: "bridge-address",
  fault: "missing",
  needs: ["bridge"],
  look: ({ networks }) => networks.map(judge),
};

function judge({ bridge, subject, wanted, has }: Network): Remark {
  const common = { subject, on: bridge };
  const text = (list: Network["has"]) => list.map(({ address, length }) => `${address}/${length}`).join(", ");
  const missing = wanted.filter(
    (one) => !has.some(({ address, length }) => address === one.address && length === one.length),
  );
  if (missing.length) {
    const evidence = `${bridge} lacks ${text(missing)}${has.length ? `; it has ${text(has)}` : ""}`;
    return { ...common, verdict: "fault", evidence, fix: `ip address add ${text(missing.slice(0, 1))} dev ${bridge}` };
  }
  if (has.length === 0) {
    const evidence = `${bridge} has no IPv4 address, though guests are served on it`;
    return {
      ...common,
      verdict: "fault",
      evidence,
      fix: `ip address add ADDRESS/LENGTH dev ${bridge}, with the guests' gateway for ADDRESS`,
    };
  }
  return { ...common, verdict: "ok", evidence: `${bridge} has ${text(has)}` };
}
