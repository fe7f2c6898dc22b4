import { interfaceName } from "./name.ts";
import { shown } from "./shown.ts";
import { text } from "./text.ts";

/** A name of libvirt's, or a UUID: of a domain, or a network. */
function libvirtName(what: string, listing: string) {
  return text((name) =>
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    name !== "" && name.trim() === name && !/[\x00-\x1f\x7f/]/.test(name) && !name.startsWith("-")
      ? undefined
      : `${shown(name)} cannot be a libvirt ${what}. Use its name or UUID as ${listing} shows it.`,
  );
}

/** A libvirt of the host itself (libvirt, "Connection URIs"): what is on other machines, their own `host` is for. */
export const libvirtUri = text((value) => {
  const [, machine, path] = /^[a-z][a-z0-9+.-]{0,40}:\/\/([^/?]*)([^?]*)/.exec(value) ?? [];
  if (machine === undefined || !/^[A-Za-z0-9+:/._@?=,%-]{1,250}$/.test(value))
    return `${shown(value)} is not a libvirt URI such as "qemu:///system" or "lxc:///system".`;
  if (machine !== "") return `${shown(value)} is on another machine. Give that one as host, and the URI without it.`;
  return path === "/session"
    ? `${shown(value)} is one user's own libvirt: the host would connect to root's, and none may use the host's bridges. Define the domain on "qemu:///system".`
    : undefined;
});

/** The address of a PCI device, with its domain: `0000:03:10.1` (lspci(8), -D). */
export const pciAddress = text(
  (value) =>
    /^([0-9a-f]{4}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/i.test(value)
      ? undefined
      : `${shown(value)} is not the address of a PCI device such as 0000:03:10.1, as lspci -D shows it.`,
  (value) => `${value.length === 7 ? "0000:" : ""}${value.toLowerCase()}`,
);

/** libvirt forgets names that begin like its own, and gives others at the next start ("Domain XML format", "Overriding the target element"). */
export function isPassing(tap: string): boolean {
  return /^(vnet|vif|macvtap|macvlan)/.test(tap);
}

/** The host's end of a guest's interface. */
export const tapName = interfaceName.refine((name) => !isPassing(name), {
  error: ({ input }) =>
    `${shown(input)} is a name that libvirt gives itself, to another interface at the next start. Use one such as "web0".`,
});

export const filterRef = libvirtName("network filter", "virsh nwfilter-list");
export const domainRef = libvirtName("domain", "virsh list --all").refine((name) => !/^\+?\d+$/.test(name), {
  // virsh(1), "NOTES": an id goes first.
  error: ({ input }) =>
    `${shown(input)} is a number, which libvirt takes for the id of whatever domain runs under it. Use the UUID, as virsh domuuid shows it.`,
});
export const networkRef = libvirtName("network", "virsh net-list --all");
