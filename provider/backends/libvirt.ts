import type { Forwarder } from "../model/nouns/dhcp.ts";
import type { LibvirtNetwork, Nic, NicSource } from "../model/nouns/libvirt.ts";
import { NEXT_BOOT, type Plan } from "../plan/plan.ts";
import { escapeMarkup, textOf, yesNo } from "../plan/text.ts";

/** A network that others keep, or one whose guests are on a bridge that we keep (libvirt, "Network XML format"). */
export function renderLibvirtNetwork({ name, bridge, forwarders = [], active, autostart }: LibvirtNetwork): Plan {
  return {
    [`network ${name}`]: textOf([
      `active ${yesNo(active)}`,
      `autostart ${yesNo(autostart)}`,
      ...(bridge
        ? [
            "<network>",
            `  <name>${escapeMarkup(name)}</name>`,
            "  <forward mode='bridge'/>",
            `  <bridge name='${escapeMarkup(bridge)}'/>`,
            "</network>",
          ]
        : forwarders.map(forwarderElement)),
    ]),
  };
}

/** As it stands inside `<dns>`, which may have more than what we say. */
function forwarderElement({ domain, address }: Forwarder): string {
  return `    <forwarder ${domain === undefined ? "" : `domain='${escapeMarkup(domain)}' `}addr='${escapeMarkup(address)}'/>`;
}

/** A NIC as `virsh dumpxml` writes it: one element a line, single quotes (libvirt, "Domain XML format"). */
export function renderNic(nic: Nic): Plan {
  const { uri, domain, mac, source, tap, model, queues, mtu, bandwidth, filter, linkState } = nic;
  return {
    [`nic ${uri} ${domain} ${mac}`]: textOf([
      ...(nic.nextBoot ? [NEXT_BOOT] : []),
      `<interface type='${source.type}'${source.type === "hostdev" ? " managed='yes'" : ""}>`,
      `  <mac address='${escapeMarkup(mac)}'/>`,
      ...sourceElement(source),
      ...(tap ? [`  <target dev='${escapeMarkup(tap)}'/>`] : []),
      ...(bandwidth ? bandwidthElement(bandwidth) : []),
      ...(nic.isolated ? ["  <port isolated='yes'/>"] : []),
      ...(model ? [`  <model type='${escapeMarkup(model)}'/>`] : []),
      ...(queues ? [`  <driver queues='${queues}'/>`] : []),
      ...(filter ? [`  <filterref filter='${escapeMarkup(filter)}'/>`] : []),
      ...(mtu ? [`  <mtu size='${mtu}'/>`] : []),
      ...(linkState ? [`  <link state='${linkState}'/>`] : []),
      "</interface>",
    ]),
  };
}

function sourceElement(source: NicSource): string[] {
  switch (source.type) {
    case "bridge":
      return [`  <source bridge='${escapeMarkup(source.bridge)}'/>`];
    case "network":
      return [`  <source network='${escapeMarkup(source.network)}'/>`];
    case "direct":
      return [`  <source dev='${escapeMarkup(source.nic)}' mode='${escapeMarkup(source.mode)}'/>`];
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
