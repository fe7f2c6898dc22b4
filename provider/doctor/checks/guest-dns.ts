import type { Check, Remark } from "../finding.ts";
import { plainIp } from "../plain-ip.ts";

/** The bridge's DNS answers. It comes last: whatever else is wrong, names are not to blame. */
export const guestDns: Check = {
  name: "guest-dns",
  fault: "in the way",
  needs: [...plainIp.host, ...plainIp.guest, "port-53", "dns-server", "dns-input", "host-dns", "forwarder"],
  look: ({ networks, picture: { probes } }) =>
    networks.flatMap(({ bridge, subject, dns, has, outward }): Remark[] => {
      const probe = probes.dns.find(({ server }) => has.some(({ address }) => address === server));
      const common = { subject, on: bridge };
      if (!dns || has.length === 0) return [];
      if (!probe) return [{ ...common, verdict: "unknown", evidence: "it could not be asked" }];
      const { server, answer } = probe;
      // A network that nothing leaves asks nobody else.
      if (answer === "NOERROR" || answer === "NXDOMAIN" || (outward === "no" && answer !== "silent"))
        return [{ ...common, verdict: "ok", evidence: `${server} answers ${answer}` }];
      const evidence = answer === "silent" ? `${server} does not answer` : `${server} answers ${answer}`;
      const fix =
        answer === "REFUSED"
          ? "It has nobody to ask: set server=ADDRESS, or take no-resolv out."
          : "Look at its log, and at whom it asks: journalctl -t dnsmasq";
      return [{ ...common, verdict: "fault", evidence, fix }];
    }),
};
