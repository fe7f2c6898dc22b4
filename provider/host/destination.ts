import { limits } from "./limits.ts";

/** Where a host is and how to log in there: what is left when aliases, configuration files and defaults are looked up. */
export interface Destination {
  /** As the user calls it, for messages: an alias, an entry of `kvmnet:hosts`, or the address. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly login: Login;
  readonly trust: Trust;
  readonly dial: Dial;
  /** How to become root there; absent if the user is root, or is to do without. */
  readonly become?: { readonly method: "sudo"; readonly password?: string };
  /** The jump host. */
  readonly proxy?: Destination;
}

/** Credentials, in the order in which they are tried. Secret. */
export interface Login {
  /** The text of a private key, not its path. */
  readonly privateKey?: string;
  /** For `privateKey` and for encrypted identity files. */
  readonly privateKeyPassword?: string;
  /** Socket of an agent. */
  readonly agent?: string;
  readonly identityFiles: readonly string[];
  /** Ask the agent for the identity files' keys only. */
  readonly identitiesOnly?: boolean;
  readonly password?: string;
}

/** How the host proves that it is the host. */
export interface Trust {
  /** The name under which known_hosts files have it. */
  readonly knownAs: string;
  /** The only accepted key: `ssh-ed25519 AAAA…`. */
  readonly hostKey?: string;
  /** Paths of known_hosts files; new keys go to the first. */
  readonly files: readonly string[];
  /** More lines of known_hosts. */
  readonly lines?: string;
  /** Accept a host that is not known yet, and remember it. A changed key is refused all the same. */
  readonly acceptNew?: boolean;
}

export interface Dial {
  /** How many failed attempts are too many. */
  readonly errorLimit: number;
  /** For one attempt, up to a complete login, in milliseconds. */
  readonly timeoutMs: number;
}

/** What identifies a connection to be shared: no secret, and not who asks for it under which alias. */
export function poolKey(destination: Destination): string {
  return `${destination.user}@${place(destination)}`;
}

/** Where the host is, whoever logs in there: behind another port, or another jump host, is another host. */
export function place({ host, port, proxy }: Destination): string {
  const own = `${host}:${port}`;
  return proxy ? `${own} via ${poolKey(proxy)}` : own;
}

/** For how long one attempt to log in is worth waiting for, jump hosts included, in milliseconds; it may have no limit itself. */
export function attemptMs({ dial, proxy }: Destination): number {
  return (dial.timeoutMs || limits.dialTimeoutMs) + (proxy ? attemptMs(proxy) : 0);
}
