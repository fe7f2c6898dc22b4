import { z } from "zod";
import type { Mistake } from "../model/mistake.ts";
import type { NicSource } from "../model/nouns/libvirt.ts";
import type { Expectation } from "../model/resource.ts";
import { networkRef, pciAddress } from "../model/values/libvirt.ts";
import { interfaceName } from "../model/values/name.ts";
import { bridgeExists } from "./host-expectations.ts";
import { networkExists } from "./libvirt-network.ts";

const macvtapMode = z.enum(["bridge", "vepa", "private", "passthrough"]);

/** What a NIC is plugged into: one of these. */
export const sourceArgs = {
  bridge: interfaceName.optional().describe("The bridge to plug into."),
  libvirtNetwork: networkRef.optional().describe("The libvirt network to plug into."),
  macvtap: z
    .union([interfaceName, z.strictObject({ nic: interfaceName, mode: macvtapMode.optional() })])
    .optional()
    .describe("An interface of the host to share. Its mode is bridge by default."),
  pciDevice: pciAddress.optional().describe("An SR-IOV virtual function to hand over."),
};
const args = z.strictObject(sourceArgs);
type Args = z.output<typeof args>;

const keys = ["bridge", "libvirtNetwork", "macvtap", "pciDevice"] as const;

export function sourceOf({ bridge, libvirtNetwork, macvtap, pciDevice }: Args): NicSource {
  if (libvirtNetwork !== undefined) return { type: "network", network: libvirtNetwork };
  if (macvtap !== undefined) {
    const { nic, mode = "bridge" } = typeof macvtap === "string" ? { nic: macvtap } : macvtap;
    return { type: "direct", nic, mode };
  }
  if (pciDevice !== undefined) return { type: "hostdev", address: pciDevice };
  return { type: "bridge", bridge: bridge ?? "" };
}

/** What is wrong with what a NIC is plugged into: nothing is given, or two things are. */
export function sourceMistakes(given: Args): Mistake[] {
  const [first, ...others] = keys.filter((key) => given[key] !== undefined);
  if (first === undefined) {
    return [{ path: "bridge", text: `is missing: a NIC is plugged into one of ${keys.join(", ")}. Give one of them.` }];
  }
  return others.map((key) => ({
    path: key,
    text: `cannot stand beside ${first}: a NIC is plugged into one thing. Leave one of them out.`,
  }));
}

/** What the host must have for it. */
export function sourceExpectations(source: NicSource): Expectation[] {
  switch (source.type) {
    case "bridge":
      return [bridgeExists(source.bridge)];
    case "network":
      return [networkExists("libvirtNetwork", source.network)];
    case "direct":
      return [
        { expect: ["link-wired", source.nic], explain: (found, host) => notWired(source.nic, found, host) },
        ...(source.mode === "passthrough" ? [unused(source.nic)] : []),
      ];
    case "hostdev":
      return [
        {
          expect: ["virtual-function", source.address],
          explain: (found, host) => notVirtual(source.address, found, host),
        },
      ];
  }
}

/** A driver that passes frames from the guest straight to the interface passes none to the host behind it. */
export function sourceWarnings(source: NicSource, hostName: string): string[] {
  if (source.type !== "direct" || source.mode === "passthrough") return [];
  return [
    `macvtap: this guest and ${hostName} will not see each other over ${source.nic}, only the LAN. Where they should, use a Bridge with uplink: "${source.nic}".`,
  ];
}

/** Whatever comes in goes to the guest: what the host has on it would be cut off, and we with it. */
function unused(nic: string): Expectation {
  return {
    expect: ["link-unused", nic],
    explain: (found, host) => ({
      path: "macvtap.mode",
      text: `${host} uses ${nic} itself (${found}), and in mode "passthrough" the guest has all of it. Choose another NIC, or mode "bridge".`,
    }),
  };
}

function notVirtual(address: string, found: string, host: string): Mistake {
  const [, what, link = "", by] = /^(used|down) (\S+) ?(.*)/.exec(found) ?? [];
  const mistake = (text: string): Mistake => ({ path: "pciDevice", text });
  if (what === "used") {
    return mistake(
      `${host} uses ${address} itself: it is ${link} (${by}). Choose another one that lspci -D shows as "Virtual Function".`,
    );
  }
  if (what === "down") {
    return mistake(
      `${address} is a function of ${link}, which is down on ${host}, and libvirt gives it no MAC address then. Run ip link set ${link} up there, and have its network configuration do so at boot.`,
    );
  }
  return mistake(
    `${address} is no SR-IOV virtual function of ${host}${found ? ` (${found})` : ""}, and only such a one takes the NIC's MAC address. Choose one that lspci -D shows as "Virtual Function", or give the guest all of an interface: macvtap: { nic, mode: "passthrough" }.`,
  );
}

function notWired(nic: string, found: string, host: string): Mistake {
  const text =
    found === "wireless"
      ? `${nic} is Wi-Fi; its access point drops frames from guests' MAC addresses. Use a wired NIC, or a NatNetwork.`
      : `there is no interface ${nic} on ${host}. Choose one that ip link shows.`;
  return { path: "macvtap", text };
}
