import type { Nic } from "../model/nouns.ts";
import type { Plan } from "../plan/plan.ts";
import { textOf } from "../plan/text.ts";

/** A NIC as \`virsh dumpxml\` writes it: one element a line, single quotes (libvirt, "Domain XML format"). */
export function renderNic(nic: Nic): Plan {
  const lines = [
    "<interface type='bridge'>",
    `  <mac address='${xml(nic.mac)}'/>`,
    `  <source bridge='${xml(nic.bridge)}'/>`,
    ...(nic.model ? [`  <model type='${xml(nic.model)}'/>`] : []),
    ...(nic.mtu ? [`  <mtu size='${nic.mtu}'/>`] : []),
    ...(nic.linkState ? [`  <link state='${nic.linkState}'/>`] : []),
    "</interface>",
  ];
  return { [`nic ${nic.uri} ${nic.domain} ${nic.mac}`]: textOf(lines) };
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;" };
const xml = (text: string) => text.replace(/[&<>'"]/g, (character) => entities[character] ?? character);
