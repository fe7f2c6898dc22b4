import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { ServerHostKeyAlgorithm } from "ssh2";
import { KvmnetError } from "../model/error.ts";
import type { Destination } from "./destination.ts";
import {
  fingerprint,
  type KnownKey,
  knownHostsLine,
  knownKeys,
  type PublicKey,
  parsePublicKey,
  sameKey,
  typeOf,
} from "./known-hosts.ts";

/** Types of host keys, best first, and the algorithms that use them. */
const algorithms: Record<string, readonly ServerHostKeyAlgorithm[]> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
};

/** Decides whether a host is the one that is meant. */
export interface HostKeyCheck {
  /** What to negotiate: the types that are known first, or a server with several keys could show another. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  /** The reason to refuse a key, if there is one. Remembers a new one if that is allowed. */
  refusal(blob: Buffer): KvmnetError | undefined;
}

/** Collects what is known of a host. Throws `invalid-args` on a `hostKey` that is none. */
export function hostKeyCheck(destination: Destination): HostKeyCheck {
  const { trust } = destination;
  const found = knownKeys(trust);
  const pinned = trust.hostKey === undefined ? undefined : pinnedKeys(trust.hostKey);
  const known = pinned ?? found.filter(({ revoked }) => !revoked);
  const revoked = found.filter((key) => key.revoked);
  const types = Object.keys(algorithms);
  const first = types.filter((type) => known.some((key) => key.type === type));
  const order = [...first, ...types.filter((type) => !first.includes(type))];
  return {
    algorithms: order.flatMap((type) => algorithms[type] ?? []),
    refusal(blob) {
      const key: PublicKey = { type: typeOf(blob) ?? "unknown", blob };
      if (revoked.some((one) => sameKey(one, key))) return isRevoked(destination, key);
      if (known.some((one) => accepts(one, key))) return undefined;
      if (known.length) return isChanged(destination, key, known);
      return trust.acceptNew ? remember(destination, key) : isUnknown(destination, key);
    },
  };
}

/** `hostKey` may be a fingerprint too; it has no blob then. */
function accepts(known: KnownKey, key: PublicKey): boolean {
  return known.blob.length ? sameKey(known, key) : fingerprint(key).endsWith(` ${known.source}`);
}

function pinnedKeys(text: string): KnownKey[] {
  const keys = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line): KnownKey | undefined => {
      const digest = /^(?:\S+ )?(SHA256:[A-Za-z0-9+/]{43})=*$/.exec(line)?.[1];
      if (digest) return { type: "", blob: Buffer.alloc(0), revoked: false, source: digest };
      // With the names in front it is a line of known_hosts; people paste those.
      const key = parsePublicKey(line) ?? parsePublicKey(line.replace(/^\S+\s+/, ""));
      return key && { ...key, revoked: false, source: "hostKey" };
    });
  if (keys.length === 0 || keys.includes(undefined)) {
    const message = `host.hostKey: is no public key. Write it as in known_hosts: "ssh-ed25519 AAAA…".`;
    throw new KvmnetError({ code: "invalid-args", message });
  }
  return keys.filter((key) => key !== undefined);
}

/** Appends the key to the user's file; without that, the host would be accepted blindly each time. */
function remember(destination: Destination, key: PublicKey): KvmnetError | undefined {
  const { files, knownAs } = destination.trust;
  const [file] = files;
  try {
    if (!file) throw new Error("no known_hosts file is named");
    // Not recursive: Node never comes back from where nothing can be made, such as /proc.
    if (!existsSync(dirname(file))) mkdirSync(dirname(file), { mode: 0o700 });
    appendFileSync(file, `${unfinished(file) ? "\n" : ""}${knownHostsLine(knownAs, key)}\n`, { mode: 0o600 });
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refused(destination, `is new, and could not be kept in ${file ?? "known_hosts"}: ${code ?? message}`, "");
  }
}

function unfinished(file: string): boolean {
  try {
    return /[^\n]$/.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

function isUnknown(destination: Destination, key: PublicKey): KvmnetError {
  const file = destination.trust.files[0] ?? "known_hosts";
  return refused(
    destination,
    `is unknown: ${fingerprint(key)}`,
    `Compare it on the console, then add it to ${file} or set hostKey. Nothing was sent. The line to add: ${knownHostsLine(destination.trust.knownAs, key)}`,
  );
}

function isChanged(destination: Destination, key: PublicKey, known: readonly KnownKey[]): KvmnetError {
  const { knownAs } = destination.trust;
  const expected = known.map((one) =>
    one.blob.length ? `${fingerprint(one)} (${one.source})` : `${one.source} (hostKey)`,
  );
  const file = known.find(({ source }) => source.includes("/"))?.source.replace(/:\d+$/, "");
  const forget = file ? `forget the old one (ssh-keygen -f ${file} -R '${knownAs}') and add` : "set hostKey to";
  return refused(
    destination,
    `has changed: ${fingerprint(key)}, expected ${expected.join(" or ")}`,
    `If the machine was installed again, compare the key on its console, then ${forget}: ${knownHostsLine(knownAs, key)}. If not, somebody may be in between. Nothing was sent.`,
  );
}

function isRevoked(destination: Destination, key: PublicKey): KvmnetError {
  return refused(
    destination,
    `is marked as revoked: ${fingerprint(key)}`,
    "Make new host keys there. Nothing was sent.",
  );
}

function refused({ name, host }: Destination, what: string, nextStep: string): KvmnetError {
  const label = name === host ? name : `${name} (${host})`;
  return new KvmnetError({ code: "invalid-args", host: name, message: `host: key of ${label} ${what}`, nextStep });
}
