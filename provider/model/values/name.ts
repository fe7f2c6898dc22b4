import { shown } from "./shown.ts";
import { text } from "./text.ts";

/** Bytes of an interface's name (`IFNAMSIZ` less its end, linux/if.h). */
const INTERFACE_BYTES = 15;
/** Names that sysctl and ip(8) use for something else. */
const RESERVED = [".", "..", "all", "default", "lo"];

/** The name of a network interface that we make or use. */
export const interfaceName = text(interfaceFault);

/** Network interfaces by name, or by how their names begin: `br-*`. `*` alone would be any. */
export const interfacePattern = text((pattern) => {
  if (!pattern.endsWith("*")) return interfaceFault(pattern);
  if (/^[A-Za-z0-9_.][A-Za-z0-9_.-]*\*$/.test(pattern) && pattern.length <= INTERFACE_BYTES) return undefined;
  return `${shown(pattern)} is no beginning of an interface's name. Write one such as br-*, or leave it out for any.`;
});

/** Whether an interface of that name is one that is named so, in full or by the beginning that a `*` ends. */
export function isNamed(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function interfaceFault(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes > INTERFACE_BYTES) {
    return `${shown(name)} is ${bytes} bytes; the kernel allows ${INTERFACE_BYTES}. Set a shorter "name"; the resource may keep its own.`;
  }
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || name.startsWith("-") || RESERVED.includes(name)) {
    return `${shown(name)} cannot name an interface. Use letters, digits, "_", "." and "-" (not first), and not ${RESERVED.slice(2).join(", ")}.`;
  }
  return undefined;
}

/** The name of an object of ours that becomes a file's. */
export const objectName = text((name) =>
  /^[A-Za-z0-9_.-]{1,64}$/.test(name) && !/^[.-]/.test(name)
    ? undefined
    : `${shown(name)} cannot be used as a name on the host. Use up to 64 letters, digits, "_", "." and "-" (the last two not first).`,
);

/**
 * One label of a host's name (RFC 1123, section 2.1) to be reserved, where dnsmasq takes some words for a lease time or an
 * order (dnsmasq(8), --dhcp-host).
 */
export const hostname = text((name) => {
  if (!/^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(name)) {
    return `${shown(name)} is not a host name. Use up to 63 letters, digits and "-" (not first or last), without a domain.`;
  }
  return /^(ignore|infinite|\d+[smhdw]?)$/i.test(name)
    ? `${shown(name)} is a lease time or an order to dnsmasq, and no name. Use another one, such as vm-${name}.`
    : undefined;
});

/** A domain name of one or more labels (RFC 1123, section 2.1). */
export const domainName = text((name) =>
  name.length <= 253 && /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/.test(name)
    ? undefined
    : `${shown(name)} is not a domain name such as lab.internal.`,
);

/** One line of a configuration file. */
export const line = text((content) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  /[\x00-\x08\x0a-\x1f\x7f]/.test(content)
    ? `${shown(content)} holds a line break or another control character. Write one line an element.`
    : undefined,
);
