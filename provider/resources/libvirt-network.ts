import { z } from "zod";
import type { Forwarder } from "../model/nouns/dhcp.ts";
import type { Expectation, ResourceDefinition } from "../model/resource.ts";
import { networkRef } from "../model/values/libvirt.ts";
import { interfaceName } from "../model/values/name.ts";
import { shown } from "../model/values/shown.ts";
import { forwarders, forwardersOf } from "./forwarders.ts";
import { bridgeExists } from "./host-expectations.ts";

const args = z.strictObject({
  name: networkRef.optional().describe("Name of the network. Default: the resource's name."),
  bridge: interfaceName
    .optional()
    .describe("The bridge that its guests are on. Default: the network keeps its definition."),
  forwarders: forwarders
    .refine((given) => given?.length !== 0, { error: "names no resolver. Leave it out: the network keeps its own." })
    .describe("What libvirt's DNS server asks on the network. Default: as its definition says."),
  active: z.boolean().optional().describe("Default: true."),
  autostart: z.boolean().optional().describe("Started with libvirt. Default: true."),
});
type Args = z.output<typeof args> & { readonly name: string };

/**
 * A network of libvirt's: one that is there (its `default`) started or stopped, or one that names a bridge of ours, so that
 * virt-install and virt-manager can pick it.
 */
export const libvirtNetwork: ResourceDefinition<Args> = {
  type: "LibvirtNetwork",
  args,
  replaceOn: ["name"],
  id: ({ name }) => name,
  complete: (given, { name }) => ({ ...given, name: given.name ?? name }),
  mistakes: ({ name, bridge, forwarders: asked }) => [
    ...(networkRef.safeParse(name).success
      ? []
      : [
          {
            path: "name",
            text: `${shown(name)} cannot be a libvirt network. Set another "name"; the resource may keep its own.`,
          },
        ]),
    ...(bridge === undefined || asked === undefined
      ? []
      : [
          {
            path: "forwarders",
            text: `libvirt answers no names on ${bridge}. Leave it out, and give the bridge's DnsmasqInstance forwarders.`,
          },
        ]),
  ],
  desired: ({ name, bridge, forwarders: asked, active = true, autostart = true }) => [
    {
      ...{ noun: "libvirt-network", name, active, autostart },
      ...(bridge !== undefined && { bridge }),
      ...(asked && { forwarders: forwardersOf(asked) }),
    },
  ],
  expects: ({ name, bridge, forwarders: asked, active = true }) => [
    {
      expect: ["program", "virsh", "libvirt-clients"],
      explain: (_, host) => ({
        path: "name",
        text: `virsh is not installed on ${host}. Run there: apt install libvirt-daemon-system libvirt-clients`,
      }),
    },
    bridge === undefined ? networkExists("name", name) : bridgeExists(bridge),
    ...(active && bridge === undefined ? [] : [idle(name, active ? bridge : undefined)]),
    ...(asked ? [forwards(name, forwardersOf(asked))] : []),
  ],
  reads: ({ name }) => [["network-uuid", name]],
  outputs: (_, [uuid = ""]) => ({ uuid: uuid.trim() || undefined }),
};

/** That libvirt has a network which is to be used as it is. */
export function networkExists(path: string, name: string): Expectation {
  return {
    expect: ["network-exists", name],
    explain: (found, host) => ({
      path,
      text: `${host} has no libvirt network "${name}" (${found}). Run there: virsh net-list --all`,
    }),
  };
}

/** That libvirt can have the network ask them: it takes them up when it starts the network anew. */
function forwards(name: string, asked: readonly Forwarder[]): Expectation {
  const words = asked.map(({ domain, address }) => (domain === undefined ? address : `${domain}=${address}`));
  return {
    expect: ["network-forwarders", name, words.join(" ")],
    explain(found, host) {
      const [, mode] = /^mode (\S+)/.exec(found) ?? [];
      const deaf = mode === undefined ? "<dns enable='no'/>" : `forward mode '${mode}'`;
      return {
        path: "forwarders",
        text:
          mode !== undefined || found.startsWith("dns off")
            ? `libvirt answers no names on network "${name}" of ${host} (${deaf}). Leave it out.`
            : `libvirt would have to start network "${name}" anew, which cuts its running guests off: ${found}. Stop them first.`,
      };
    },
  };
}

/** To stop a network, or to have it on another bridge, is to stop it under its guests. */
function idle(name: string, bridge: string | undefined): Expectation {
  return {
    expect: ["network-idle", name, bridge ?? ""],
    explain: (found) => ({
      path: bridge === undefined ? "active" : "bridge",
      text: found.includes(",")
        ? `running domains ${found} use libvirt network "${name}". Move or stop them first.`
        : `running domain ${found} uses libvirt network "${name}". Move or stop it first.`,
    }),
  };
}
