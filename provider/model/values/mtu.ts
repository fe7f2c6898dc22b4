import { z } from "zod";

/** Bytes of an interface's largest packet (RFC 791: 68 at least). */
export const mtu = z
  .number()
  .int()
  .refine((bytes) => bytes >= 68 && bytes <= 65535, {
    error: ({ input }) => `${input} is not an mtu; the kernel allows 68 to 65535 bytes.`,
  });
