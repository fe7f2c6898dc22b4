import type { Check, Remark } from "../finding.ts";

/** Every port of a bridge is switched on and forwards; a spanning tree makes a new one wait. */
export const bridgePort: Check = {
  name: "bridge-port",
  fault: "in the way",
  needs: ["bridge", "bridge-carrier"],
  look: ({ networks, picture: { links } }) =>
    networks.flatMap(({ bridge, subject, link }): Remark[] => {
      const common = { subject, on: bridge };
      const ports = links.filter(({ master }) => master === bridge);
      const down = ports.filter(({ up }) => !up);
      const waiting = ports.filter(
        ({ up, portState }) => up && (portState === "listening" || portState === "learning"),
      );
      const blocked = ports.filter(({ up, carrier, portState }) => up && carrier && portState === "blocking");
      const names = (list: typeof ports) => list.map(({ name }) => name).join(", ");
      if (down.length)
        return [
          {
            ...common,
            verdict: "fault",
            evidence: `port ${names(down)} is down`,
            fix: `ip link set ${down[0]?.name} up`,
          },
        ];
      if (blocked.length) {
        const evidence = `the spanning tree blocks port ${names(blocked)}: there is a loop`;
        return [{ ...common, verdict: "fault", evidence, fix: `Take one of the two ways out of ${bridge}.` }];
      }
      // With the shortest delay that the kernel allows it is a matter of seconds.
      if (waiting.length && (link?.forwardDelaySeconds ?? 0) > 2) {
        const evidence = `port ${names(waiting)} waits for the spanning tree (forward delay ${link?.forwardDelaySeconds} s, twice)`;
        const fix = `Wait, or without other switches: ip link set ${bridge} type bridge stp_state 0`;
        return [{ ...common, verdict: "warning", evidence, fix }];
      }
      return ports.length ? [{ ...common, verdict: "ok", evidence: `${names(ports)} up and forwarding` }] : [];
    }),
};
