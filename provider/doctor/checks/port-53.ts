import type { Check, Remark } from "../finding.ts";
import { hears } from "../picture/programs.ts";

/** No program that takes port 53 of every address keeps a network's own DNS from its bridge. */
export const port53: Check = {
  name: "port-53",
  fault: "in the way",
  needs: [],
  look({ networks, picture: { listeners, dnsmasqs, failed, libvirt } }) {
    const wide = listeners.find(
      ({ protocol, port, address, link }) =>
        protocol === "udp" && port === 53 && link === undefined && ["0.0.0.0", "*"].includes(address),
    );
    if (!wide) return [];
    const fix =
      wide.program === "dnsmasq"
        ? "bind-dynamic (or bind-interfaces) in its configuration, except-interface=BRIDGE for each bridge; then restart it, and start what could not"
        : `Have ${wide.program} listen on the host's own addresses only; then start what could not.`;
    const remark = (subject: string, on: string, what: string): Remark => ({
      ...{ verdict: "fault", subject, on, fix },
      evidence: `${wide.program} (pid ${wide.pid}) has port 53 of every address, and ${what}`,
    });
    const own = networks
      .filter(
        ({ dns, bridge, has }) =>
          dns &&
          !listeners.some(
            (one) =>
              one !== wide &&
              one.port === 53 &&
              one.protocol === "udp" &&
              has.some(({ address }) => hears(one, bridge, address)) &&
              one.pid !== wide.pid,
          ),
      )
      .filter(
        ({ bridge, by }) =>
          by !== "hand" &&
          !dnsmasqs.some(({ pid, settings }) => pid === wide.pid && settings.includes(`interface=${bridge}`)),
      )
      .map(({ subject, bridge }) => remark(subject, bridge, "the network's own DNS cannot"));
    const waiting = libvirt.networks
      .filter(({ active, autostart, now }) => !active && autostart && now.dns && now.bridge)
      .map(({ name, now }) => remark(`network ${name}`, now.bridge, "the network cannot start"));
    const units = failed
      .filter((name) => /dnsmasq/.test(name))
      .map((name) => remark(`unit ${name}`, "", "that unit has failed"));
    return [...own, ...waiting, ...units];
  },
};
