import type { Check, Remark } from "../finding.ts";

/** No two NICs of running guests have one MAC on one bridge. */
export const macTwins: Check = {
  name: "mac-twins",
  fault: "in the way",
  needs: [],
  look({ running, networks }) {
    const seen = new Map<string, string>();
    const twins: Remark[] = [];
    for (const { name, nics } of running)
      for (const { mac, bridge, network } of nics) {
        const key = `${mac} ${bridge ?? networks.find(({ subject }) => subject === `network ${network}`)?.bridge ?? network ?? ""}`;
        const other = seen.get(key);
        if (other !== undefined)
          twins.push({
            ...{
              verdict: "fault",
              subject: `guest ${name}`,
              evidence: `NIC ${mac} has the MAC of one of guest ${other}`,
            },
            fix: `Give one of them another MAC: virsh edit ${name}`,
          });
        seen.set(key, name);
      }
    return twins;
  },
};
