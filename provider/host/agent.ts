import ssh2, { type ParsedKey } from "ssh2";

/** An agent that holds something of use, if there is one, and what to say of it. */
export interface UsableAgent {
  readonly agent?: ssh2.OpenSSHAgent;
  readonly note: string;
}

/**
 * Asks an agent for its keys before it is needed: ssh2 treats an agent that does not answer as the end of the
 * connection. `only` are the public keys to offer (`IdentitiesOnly`); without it, all are.
 */
export async function usableAgent(socket: string, only?: readonly Buffer[]): Promise<UsableAgent> {
  try {
    const all = await identities(socket);
    const keys = only ? all.filter((key) => only.some((one) => one.equals(key.getPublicSSH()))) : all;
    const note = `agent (${keys.length} ${keys.length === 1 ? "key" : "keys"})`;
    return keys.length ? { agent: new AskedAgent(socket, keys), note } : { note };
  } catch {
    return { note: `agent (${socket} does not answer)` };
  }
}

function identities(socket: string): Promise<ParsedKey[]> {
  const asked = new Promise<ParsedKey[]>((resolve, reject) => {
    new ssh2.OpenSSHAgent(socket).getIdentities((error, keys) => {
      if (error || !keys) reject(error ?? new Error("no keys"));
      else resolve(keys.flatMap(parsed));
    });
  });
  const late = new Promise<never>((_, reject) => setTimeout(reject, 5_000, new Error("no answer")).unref());
  return Promise.race([asked, late]);
}

/** The types allow for more than this agent gives. */
function parsed(key: ssh2.KnownPublicKeys<ParsedKey>[number]): ParsedKey[] {
  return typeof key === "object" && "getPublicSSH" in key ? [key] : [];
}

/** An agent whose keys are known already. */
class AskedAgent extends ssh2.OpenSSHAgent {
  readonly #keys: ParsedKey[];

  constructor(socket: string, keys: ParsedKey[]) {
    super(socket);
    this.#keys = keys;
  }

  override getIdentities(callback: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
    callback(undefined, this.#keys);
  }
}
