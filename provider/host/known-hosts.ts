import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Trust } from "./destination.ts";

/** A public key, as the wire has it: its first field is its type. */
export interface PublicKey {
  readonly type: string;
  readonly blob: Buffer;
}

/** A key that a known_hosts file has for a host, and where. */
export interface KnownKey extends PublicKey {
  readonly revoked: boolean;
  /** `FILE:LINE`, for messages. */
  readonly source: string;
}

/** The name under which known_hosts files have a host. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** All keys known for a host. Files that are not there know nothing; a name with a port falls back to that without. */
export function knownKeys({ knownAs, files, lines }: Trust): KnownKey[] {
  const sources = [
    ...files.map((file) => ({ name: file, text: textOf(file) })),
    ...(lines ? [{ name: "knownHosts", text: lines }] : []),
  ];
  const find = (name: string) => sources.flatMap((source) => keysIn(source.text, source.name, name));
  const found = find(knownAs);
  const bare = /^\[(.+)\]:\d+$/.exec(knownAs)?.[1];
  return found.some(({ revoked }) => !revoked) || !bare ? found : [...found, ...find(bare)];
}

/** Reads `ssh-ed25519 AAAA…`, as in known_hosts or a `.pub` file. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const [, named, base64] = /^\s*([\w@.-]+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(text) ?? [];
  if (!base64) return undefined;
  const blob = Buffer.from(base64, "base64");
  const type = typeOf(blob);
  return type === named && type ? { type, blob } : undefined;
}

/** The type that a key's wire form begins with. */
export function typeOf(blob: Buffer): string | undefined {
  if (blob.length < 5) return undefined;
  const length = blob.readUInt32BE(0);
  return length > 0 && length <= 64 && blob.length >= 4 + length ? blob.toString("latin1", 4, 4 + length) : undefined;
}

export function sameKey(a: PublicKey, b: PublicKey): boolean {
  return a.blob.equals(b.blob);
}

/** As `ssh-keygen -l` shows it: `ED25519 SHA256:…`. */
export function fingerprint({ type, blob }: PublicKey): string {
  const name = type
    .replace(/^ssh-/, "")
    .replace(/^(ecdsa)-.*/, "$1")
    .replace(/^sk-(ssh-)?/, "")
    .toUpperCase();
  return `${name} SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The line to add to a known_hosts file. */
export function knownHostsLine(knownAs: string, { type, blob }: PublicKey): string {
  return `${knownAs} ${type} ${blob.toString("base64")}`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function keysIn(text: string, source: string, name: string): KnownKey[] {
  return text.split("\n").flatMap((line, index) => {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
    const [patterns, ...key] = fields;
    // Certificates are beyond ssh2.
    if (!patterns || patterns.startsWith("#") || (marker && marker !== "@revoked")) return [];
    const parsed = parsePublicKey(key.join(" "));
    if (!parsed || !matches(patterns, name)) return [];
    return [{ ...parsed, revoked: marker === "@revoked", source: `${source}:${index + 1}` }];
  });
}

/** One negated pattern that matches is a no, whatever the others say. */
function matches(patterns: string, name: string): boolean {
  if (patterns.startsWith("|1|")) return matchesHash(patterns, name);
  const list = patterns.toLowerCase().split(",");
  if (list.some((one) => one.startsWith("!") && wildcard(one.slice(1), name))) return false;
  return list.some((one) => !one.startsWith("!") && wildcard(one, name));
}

/** `*` is any text, `?` any character. Not by a regular expression, which would go back and forth over many stars. */
function wildcard(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let from = 0; from < name.length; ) {
    if (pattern[at] === "*") {
      star = at++;
      resume = from;
    } else if (pattern[at] === "?" || pattern[at] === name[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

function matchesHash(pattern: string, name: string): boolean {
  const [, , salt = "", hash = ""] = pattern.split("|");
  const wanted = Buffer.from(hash, "base64");
  const made = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return wanted.length === made.length && timingSafeEqual(wanted, made);
}
