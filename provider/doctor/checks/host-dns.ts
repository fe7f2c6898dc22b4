import type { Check, Remark } from "../finding.ts";
import { plainIp } from "../plain-ip.ts";

/** The host finds names, by the resolvers of `/etc/resolv.conf`. */
export const hostDns: Check = {
  name: "host-dns",
  fault: "missing",
  needs: [...plainIp.host],
  look({ picture: { nameservers, resolvKeeper: keeper, upstream, probes } }) {
    const subject = "host";
    const kept = keeper && `${keeper.name} writes /etc/resolv.conf: ${keeper.where}.`;
    if (nameservers.length === 0) {
      const evidence = "/etc/resolv.conf names no resolver";
      return [{ verdict: "fault", subject, evidence, fix: kept ?? "Put nameserver ADDRESS there." }];
    }
    const asked = [...new Set([...nameservers, ...upstream])].filter((one) => /^\d+\./.test(one));
    const answers = probes.dns.filter(({ server }) => asked.includes(server));
    const good = ({ answer }: { answer: string }) => answer === "NOERROR" || answer === "NXDOMAIN";
    const bad = answers.filter((one) => !good(one));
    const text = bad.map(
      ({ server, answer }) => `${server} ${answer === "silent" ? "does not answer" : `answers ${answer}`}`,
    );
    const fix = [
      `Correct the resolvers of the host (${nameservers.join(", ")}), or start the one that is down.`,
      ...(kept ? [kept] : []),
    ].join(" ");
    if (answers.length === 0) {
      if (probes.resolves === undefined)
        return [{ verdict: "unknown", subject, evidence: "no program to ask a resolver with" }];
      return [
        probes.resolves
          ? { verdict: "ok", subject, evidence: "names are found" }
          : { verdict: "fault", subject, evidence: "no name is found", fix },
      ];
    }
    const first = answers.find(({ server }) => server === asked[0]);
    if (bad.length === answers.length || (probes.resolves === false && bad.length > 0))
      return [{ verdict: "fault", subject, evidence: `${text.join(", ")}; ping ${pinged(bad)}`, fix }];
    if (first && !good(first))
      return [
        { verdict: "warning", subject, evidence: `${text.join(", ")}: each name waits for it`, fix } satisfies Remark,
      ];
    return [
      {
        verdict: "ok",
        subject,
        evidence: answers
          .filter(good)
          .map(({ server, answer }) => `${server} answers ${answer}`)
          .join(", "),
      },
    ];
  },
};

function pinged(probes: readonly { server: string; pings?: boolean }[]): string {
  return probes
    .map(
      ({ server, pings }) => `${server} ${pings === undefined ? "not asked" : pings ? "answers" : "does not answer"}`,
    )
    .join(", ");
}
