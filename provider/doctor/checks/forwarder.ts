import type { Check, Remark } from "../finding.ts";
import type { Network } from "../networks.ts";
import { dhcpOption, forwardersOf, serves } from "../picture/dnsmasq.ts";
import { plainIp } from "../plain-ip.ts";
import type { Scene } from "../scene.ts";

/** Whoever the bridge's DNS asks, or guests are told to ask, answers; and nobody asks itself. */
export const forwarder: Check = {
  name: "forwarder",
  fault: "in the way",
  needs: [...plainIp.host],
  look: (scene) => scene.networks.flatMap((network) => judge(network, scene)),
};

/** Where the server is told whom to ask. */
function settingOf({ by, subject }: Network): string {
  return by === "libvirt"
    ? `<forwarder addr='ADDRESS'/> in <dns> (virsh net-edit ${subject.replace(/^network /, "")})`
    : "server=ADDRESS";
}

function judge(network: Network, { picture: { dnsmasqs, probes } }: Scene): Remark[] {
  const { bridge, subject, has } = network;
  const own = dnsmasqs.find((one) => serves(one, bridge));
  const common = { subject, on: bridge };
  if (!own) return [];
  const addresses = has.map(({ address }) => address);
  const forwarders = forwardersOf(own);
  const looped = forwarders?.find((one) => addresses.includes(one));
  if (looped !== undefined) {
    const evidence = `its DNS forwards to ${looped}, which is itself`;
    const fix = `${settingOf(network)} of a resolver outside; then restart it.`;
    return [{ ...common, verdict: "fault", evidence, fix }];
  }
  const told = (dhcpOption(own, 6, "dns-server") ?? []).filter((one) => !addresses.includes(one) && one !== "0.0.0.0");
  const asked = [
    ...(forwarders ?? []).map((server) => ({ server, who: "its DNS forwards to" })),
    ...told.map((server) => ({ server, who: "guests are told to ask" })),
  ];
  const answers = asked.flatMap((one) =>
    probes.dns.filter(({ server }) => server === one.server).map((probe) => ({ ...one, ...probe })),
  );
  const bad = answers.filter(({ answer }) => answer !== "NOERROR" && answer !== "NXDOMAIN");
  const text = bad.map(
    ({ who, server, answer, pings }) =>
      `${who} ${server}, which ${answer === "silent" ? "does not answer" : `answers ${answer}`}${pings === undefined ? "" : pings ? " (a ping it does)" : " (nor a ping)"}`,
  );
  if (bad.length === 0)
    return answers.length
      ? [{ ...common, verdict: "ok", evidence: answers.map(({ server }) => `${server} answers`).join(", ") }]
      : [];
  const fix =
    told.length && bad.some(({ server }) => told.includes(server))
      ? "dhcp-option=6 with a resolver that answers, and have guests renew their leases"
      : `${settingOf(network)} of a resolver that answers; then restart it`;
  return [{ ...common, verdict: bad.length === answers.length ? "fault" : "warning", evidence: text.join("; "), fix }];
}
