import type { Check, Remark } from "../finding.ts";

/** A bridge with running guests has a carrier. Without guests it may have none. */
export const bridgeCarrier: Check = {
  name: "bridge-carrier",
  fault: "missing",
  needs: ["bridge", "domain-nic"],
  look: ({ networks, running, picture: { links, libvirt } }) =>
    networks.flatMap(({ bridge, subject, link }): Remark[] => {
      if (!link) return [];
      const names = libvirt.networks.filter(({ now }) => now.bridge === bridge).map(({ name }) => name);
      const guests = running.filter(({ nics }) =>
        nics.some((nic) => nic.bridge === bridge || names.includes(nic.network ?? "")),
      );
      const ports = links.filter(({ master }) => master === bridge);
      const common = { subject, on: bridge };
      const portText = ports.length ? `ports ${ports.map(({ name }) => name).join(", ")}` : "no ports";
      // Until the spanning tree lets a port forward, the bridge has no carrier: that is `bridge-port`'s matter.
      const waits = ports.some(({ portState }) => portState === "listening" || portState === "learning");
      if (waits) return [];
      if (link.carrier || (guests.length === 0 && ports.every(({ kind }) => kind === "dummy")))
        return [
          {
            ...common,
            verdict: "ok",
            evidence: `${portText}, ${link.carrier ? "carrier" : "no carrier, and no guest needs one"}`,
          },
        ];
      const evidence = guests.length
        ? `no carrier, ${portText}, though ${guests.map(({ name }) => name).join(", ")} runs on it`
        : `no carrier: none of its ports (${ports.map(({ name }) => name).join(", ")}) is up and forwarding`;
      const fix = ports.length
        ? `ip link set ${ports[0]?.name} up; bridge link show`
        : `ip link set TAP master ${bridge}`;
      return [{ ...common, verdict: "fault", evidence, fix }];
    }),
};
