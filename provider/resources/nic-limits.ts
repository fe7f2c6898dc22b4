import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";

/** tc(8) counts bytes a second in 32 bits. */
const kiBps = z
  .number()
  .int()
  .refine((rate) => rate >= 1 && rate <= 4_194_303, {
    error: ({ input }) => `${input} is not a rate; libvirt's are 1 to 4194303 KiB/s.`,
  });
export const bandwidth = z
  .strictObject({ inboundKiBps: kiBps.optional(), outboundKiBps: kiBps.optional() })
  .refine(({ inboundKiBps, outboundKiBps }) => inboundKiBps !== undefined || outboundKiBps !== undefined, {
    error: "limits nothing. Give inboundKiBps, outboundKiBps or both.",
  });
export const queues = z
  .number()
  .int()
  .refine((count) => count >= 1 && count <= 256, {
    error: ({ input }) => `${input} queues cannot be; a virtio NIC has 1 to 256.`,
  });

/** What a NIC can have depends on these. */
interface Given {
  readonly uri?: string | undefined;
  readonly macvtap?: unknown;
  readonly pciDevice?: unknown;
  readonly model?: string | undefined;
  readonly queues?: number | undefined;
  readonly mtu?: unknown;
  readonly bandwidth?: unknown;
  readonly filter?: unknown;
  readonly linkState?: unknown;
  readonly isolated?: unknown;
  readonly tap?: unknown;
}

/** Containers have no emulated hardware. */
export function isContainer({ uri }: Pick<Given, "uri">): boolean {
  return uri?.startsWith("lxc:") ?? false;
}

/** What a NIC cannot have, by what it is plugged into: libvirt finds some of it only when the domain starts. */
export function nicMistakes(given: Given): Mistake[] {
  const refuse = (why: string, keys: readonly (keyof Given)[]) =>
    keys.filter((key) => given[key] !== undefined).map((path) => ({ path, text: `${why} Leave it out.` }));
  if (given.pciDevice !== undefined) {
    const emulated = ["model", "queues", "mtu", "bandwidth", "filter", "linkState", "isolated", "tap"] as const;
    return [
      ...refuse("is for an emulated NIC; with pciDevice the guest drives the hardware itself.", emulated),
      ...(isContainer(given)
        ? [{ path: "pciDevice", text: "is for virtual machines; use macvtap for a container." }]
        : []),
    ];
  }
  return [
    ...(given.macvtap === undefined
      ? []
      : refuse("needs a port of a bridge, and macvtap has none.", ["mtu", "filter", "isolated", "tap"])),
    ...queueMistakes(given),
  ];
}

function queueMistakes({ queues: count = 1, model = "virtio", ...given }: Given): Mistake[] {
  if (count === 1 || (model === "virtio" && !isContainer(given))) return [];
  const what = isContainer(given) ? "a container's NIC" : model;
  return [{ path: "queues", text: `${what} has one queue, and ${count} need model: "virtio". Leave queues out.` }];
}
