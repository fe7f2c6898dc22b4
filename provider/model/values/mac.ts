import { createHash } from "node:crypto";
import { z } from "zod";
import { address6At } from "./prefix.ts";
import { shown } from "./shown.ts";
import { text } from "./text.ts";

/** A unicast MAC address; lower case is canonical. */
export const mac = text(
  (value) => {
    if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value)) {
      return `${shown(value)} is not a MAC address. Write six bytes such as 52:54:00:12:34:56.`;
    }
    // The group bit, IEEE 802.
    if (Number.parseInt(value.slice(0, 2), 16) & 1) {
      return `${value} is a multicast MAC address. Use one whose first byte is even, such as 52:54:00:12:34:56.`;
    }
    return /^[0:]+$/.test(value) ? `${value} is no interface's address. Use one such as 52:54:00:12:34:56.` : undefined;
  },
  (value) => value.toLowerCase(),
);

/** First three bytes of generated addresses: QEMU's and KVM's, or Xen's. */
export const macPrefix = z.enum(["52:54:00", "00:16:3e"], {
  error: ({ input }) =>
    `${shown(input)} is not a prefix for generated addresses. Use "52:54:00" (KVM) or "00:16:3e" (Xen).`,
});

/** An address that is always the same for the same seed: preview and up make it separately and must agree. */
export function deriveMac(prefix: string, seed: string): string {
  const bytes = createHash("sha256").update(seed).digest("hex").slice(0, 6);
  return `${prefix}:${bytes.slice(0, 2)}:${bytes.slice(2, 4)}:${bytes.slice(4, 6)}`;
}

/** The link-local address that an interface makes of its MAC address (RFC 4291, appendix A), as the kernel writes it. */
export function linkLocalOf(address: string): string {
  const bytes = address.split(":").map((byte) => Number.parseInt(byte, 16));
  const [first = 0, ...rest] = bytes;
  // The universal bit is turned, and two bytes come between.
  const identifier = [first ^ 2, ...rest.slice(0, 2), 0xff, 0xfe, ...rest.slice(2)];
  const number = identifier.reduce((all, byte) => (all << 8n) + BigInt(byte), 0xfe80n << 48n);
  return address6At(number);
}
