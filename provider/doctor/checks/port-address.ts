import type { Check, Remark } from "../finding.ts";

/** A port of a bridge has no address: the bridge has it. Answers leave by the wrong one of the two otherwise. */
export const portAddress: Check = {
  name: "port-address",
  fault: "in the way",
  needs: [],
  look: ({ picture: { links, addresses } }) =>
    links.flatMap(({ name, master }): Remark[] => {
      const bridge = links.find((link) => link.name === master && link.kind === "bridge");
      const own = addresses.find(({ link }) => link === name);
      if (!bridge || !own) return [];
      const text = `${own.address}/${own.length}`;
      const evidence = `${name} is a port of ${bridge.name} and has the address ${text} all the same`;
      const fix = `ip address del ${text} dev ${name}; the bridge is to have it, with the routes`;
      return [{ verdict: "fault", subject: `bridge ${bridge.name}`, on: bridge.name, evidence, fix }];
    }),
};
