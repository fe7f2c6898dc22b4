/** A socket that waits for packets or connections. */
export interface Listener {
  readonly protocol: "tcp" | "udp";
  /** `0.0.0.0`, `*` and `::` are any. */
  readonly address: string;
  /** The interface that it is bound to. */
  readonly link?: string;
  readonly port: number;
  readonly program: string;
  readonly pid: number;
}

/** A systemd unit. */
export interface Unit {
  readonly name: string;
  /** `loaded`, `not-found`, `masked` … */
  readonly load: string;
  /** `active`, `inactive`, `failed` … */
  readonly active: string;
  readonly sub: string;
  /** `enabled`, `disabled`, `static` …; empty for what has no file. */
  readonly file: string;
}

/** Reads `ss -Hlntup`. */
export function parseListeners(lines: readonly string[]): Listener[] {
  return lines.flatMap((line) => {
    const [protocol, , , , local = ""] = line.trim().split(/\s+/);
    const [, address, link, port] = /^\[?([^%\]]*?)\]?(?:%([^:]+))?:(\d+)$/.exec(local) ?? [];
    if ((protocol !== "tcp" && protocol !== "udp") || address === undefined) return [];
    const [, program = "", pid = "0"] = /users:\(\("([^"]*)",pid=(\d+)/.exec(line) ?? [];
    return [{ protocol, address, port: Number(port), program, pid: Number(pid), ...(link !== undefined && { link }) }];
  });
}

/** Reads `systemctl show`: blocks of `Property=value`. */
export function parseUnits(lines: readonly string[]): Unit[] {
  return lines
    .join("\n")
    .split(/\n\s*\n/)
    .flatMap((block) => {
      const words = new Map(block.split("\n").map((line) => line.split(/=(.*)/s, 2) as [string, string]));
      const name = words.get("Id");
      const word = (key: string) => words.get(key) ?? "";
      return name
        ? [
            {
              name,
              load: word("LoadState"),
              active: word("ActiveState"),
              sub: word("SubState"),
              file: word("UnitFileState"),
            },
          ]
        : [];
    });
}

/** Whether a socket takes what is sent to an address on an interface. */
export function hears(listener: Listener, link: string, address: string): boolean {
  if (listener.link !== undefined && listener.link !== link) return false;
  return ["0.0.0.0", "*", "::", address].includes(listener.address);
}
