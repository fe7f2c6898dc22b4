import { z } from "zod";
import { shown } from "./shown.ts";

/** A port or a range of ports, first and last inclusive, 1 to 65535. */
export interface Port {
  readonly first: number;
  readonly last: number;
}

/** A port as users write it: `443`, or a range `"8000-8100"`. */
export const port = z
  .union([z.number(), z.string()], { error: ({ input }) => notAPort(input) })
  .superRefine((value, context) => {
    const message = fault(value);
    if (message) context.addIssue({ code: "custom", message });
  });

/** A port that `port` has accepted. */
export function parsePort(value: number | string): Port {
  const [first = Number.NaN, last = first] = String(value).split("-").map(Number);
  return { first, last };
}

/** How many ports it is. */
export function portCount({ first, last }: Port): number {
  return last - first + 1;
}

/** As users write it: `443`, `8000-8100`. */
export function writePort({ first, last }: Port): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** An address and a port, or several (RFC 3986, section 3.2.2): `10.0.0.1:443`, `[fd00::1]:443`. */
export function writeSocket(address: string, port: number | string): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function fault(value: number | string): string | undefined {
  if (!/^\d+(-\d+)?$/.test(String(value))) return notAPort(value);
  const { first, last } = parsePort(value);
  const wrong = [first, last].find((number) => number < 1 || number > 65535);
  if (wrong !== undefined) return `${wrong} is not a port; ports are 1 to 65535.`;
  return last < first ? `${value} runs backwards. Write "${last}-${first}".` : undefined;
}

function notAPort(value: unknown): string {
  return `${shown(value)} is not a port such as 443 or a range such as "8000-8100".`;
}
