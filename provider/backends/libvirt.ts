import type { Nic } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";

/** A NIC as `virsh dumpxml` writes it: one element a line, single quotes (libvirt, "Domain XML format"). */
export function renderNic(nic: Nic): Plan {
  const { uri, domain, mac, bridge, model, mtu, linkState } = nic;
  return {
    [`nic ${uri} ${domain} ${mac}`]: textOf([
      "<interface type='bridge'>",
      `  <mac address='${quoted(mac)}'/>`,
      `  <source bridge='${quoted(bridge)}'/>`,
      ...(model ? [`  <model type='${quoted(model)}'/>`] : []),
      ...(mtu ? [`  <mtu size='${mtu}'/>`] : []),
      ...(linkState ? [`  <link state='${linkState}'/>`] : []),
      "</interface>",
    ]),
  };
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;" };

/** Text inside an attribute's quotes (XML 1.0, section 2.4). */
function quoted(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => entities[character] ?? character);
}
