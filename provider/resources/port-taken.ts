/** A port that the host found taken. */
export interface Taken {
  readonly protocol: string;
  readonly first: number;
  /** `forward URN TARGET` or `listens PROGRAM ADDRESS:PORT`. */
  readonly found: string;
  readonly host: string;
}

/** Says by whom a port is taken, and the way out. */
export function explainTaken({ protocol, first, found, host }: Taken): string {
  const [, kind, who = "", where = ""] = /^(forward|listens) (\S+) ?(.*)$/s.exec(found.trim()) ?? [];
  if (kind === "forward") {
    const name = who.split("::").slice(3).join("::") || who;
    const [, stack, project] = who.replace(/^urn:pulumi:/, "::").split("::");
    const to = where.trim() ? `to ${where.trim()}` : "to another guest";
    return `${protocol} ${first} on ${host} already goes ${to} (PortForward "${name}" of stack ${project}/${stack}). Choose another port, or different listenAddresses.`;
  }
  const port = Number(/:(\d+)$/.exec(where.trim())?.[1] ?? first);
  if (who.startsWith("sshd")) {
    const instead = port < 60_000 ? port + 2200 : port - 2200;
    return `${protocol} ${port} carries the SSH connection to ${host}; forwarding it would cut you off. Try { port: ${instead}, targetPort: ${port} }.`;
  }
  if (kind === "listens") {
    return `${who} listens on ${protocol} ${where.trim()} on ${host}. Stop it, or set listenAddresses to an address it does not use.`;
  }
  return `${protocol} ${first} on ${host} is taken: ${found}. Choose another port.`;
}
