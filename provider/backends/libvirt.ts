import type { Forwarder, LibvirtNetwork, Nic, NicSource } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf, yesNo } from "../plan/text.ts";

/** A network that others keep, or one whose guests are on a bridge that we keep (libvirt, "Network XML format"). */
export function renderLibvirtNetwork({ name, bridge, forwarders = [], active, autostart }: LibvirtNetwork): Plan {
  return {
    [`network ${name}`]: textOf([
      `active ${yesNo(active)}`,
      `autostart ${yesNo(autostart)}`,
      ...(bridge
        ? [
            "<network>",
            `  <name>${quoted(name)}</name>`,
            "  <forward mode='bridge'/>",
            `  <bridge name='${quoted(bridge)}'/>`,
            "</network>",
          ]
        : forwarders.map(forwarderElement)),
    ]),
  };
}

/** As it stands inside `<dns>`, which may have more than what we say. */
function forwarderElement({ domain, address }: Forwarder): string {
  return `    <forwarder ${domain === undefined ? "" : `domain='${quoted(domain)}' `}addr='${quoted(address)}'/>`;
}

/** Leads the text of a NIC that a running domain gets when it is next started. */
const nextBootMark = "<!-- at the next boot -->";

/** A NIC as `virsh dumpxml` writes it: one element a line, single quotes (libvirt, "Domain XML format"). */
export function renderNic(nic: Nic): Plan {
  const { uri, domain, mac, source, tap, model, queues, mtu, bandwidth, filter, linkState } = nic;
  return {
    [`nic ${uri} ${domain} ${mac}`]: textOf([
      ...(nic.nextBoot ? [nextBootMark] : []),
      `<interface type='${source.type}'${source.type === "hostdev" ? " managed='yes'" : ""}>`,
      `  <mac address='${quoted(mac)}'/>`,
      ...sourceElement(source),
      ...(tap ? [`  <target dev='${quoted(tap)}'/>`] : []),
      ...(bandwidth ? bandwidthElement(bandwidth) : []),
      ...(nic.isolated ? ["  <port isolated='yes'/>"] : []),
      ...(model ? [`  <model type='${quoted(model)}'/>`] : []),
      ...(queues ? [`  <driver queues='${queues}'/>`] : []),
      ...(filter ? [`  <filterref filter='${quoted(filter)}'/>`] : []),
      ...(mtu ? [`  <mtu size='${mtu}'/>`] : []),
      ...(linkState ? [`  <link state='${linkState}'/>`] : []),
      "</interface>",
    ]),
  };
}

function sourceElement(source: NicSource): string[] {
  switch (source.type) {
    case "bridge":
      return [`  <source bridge='${quoted(source.bridge)}'/>`];
    case "network":
      return [`  <source network='${quoted(source.network)}'/>`];
    case "direct":
      return [`  <source dev='${quoted(source.nic)}' mode='${quoted(source.mode)}'/>`];
    case "hostdev": {
      const [domain, bus, slot, fn] = source.address.split(/[:.]/);
      const address = `    <address type='pci' domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>`;
      return ["  <source>", address, "  </source>"];
    }
  }
}

function bandwidthElement({ inbound, outbound }: NonNullable<Nic["bandwidth"]>): string[] {
  return [
    "  <bandwidth>",
    ...(inbound === undefined ? [] : [`    <inbound average='${inbound}'/>`]),
    ...(outbound === undefined ? [] : [`    <outbound average='${outbound}'/>`]),
    "  </bandwidth>",
  ];
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;" };

/** Text inside an attribute's quotes, or between tags (XML 1.0, section 2.4). */
function quoted(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => entities[character] ?? character);
}
