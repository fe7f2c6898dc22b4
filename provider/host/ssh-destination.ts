import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { KvmnetError } from "../model/error.ts";
import { shown } from "../model/values/shown.ts";
import type { Destination, Login, Trust } from "./destination.ts";
import { knownHostsName } from "./known-hosts.ts";
import { limits } from "./limits.ts";
import { type SshSettings, sshSettings } from "./ssh-config-file.ts";

/** More jumps than anybody has; a configuration that jumps in a circle. */
const mostJumps = 8;

/** The identity files that `ssh` tries when it is told of none. */
export function defaultIdentities(): string[] {
  return ["id_ed25519", "id_ecdsa", "id_rsa"].map((file) => join(homedir(), ".ssh", file));
}

/**
 * Resolves a destination as `ssh` does: an alias or address, `user@host`, `host:port`, `ssh://user@host:port`. Throws
 * `invalid-args`, naming `path`, on what is no destination.
 */
export function resolveAlias(text: string, path = "host"): Destination {
  return resolve(text, { path, jumps: 0 });
}

interface Route {
  readonly path: string;
  readonly jumps: number;
  /** Jump host to use instead of what the configuration says. */
  readonly via?: Destination | undefined;
}

function resolve(text: string, route: Route): Destination {
  const written = parse(text, route.path);
  const settings = sshSettings(written.host, written.user);
  const first = (key: string) => settings[key]?.[0];
  const host = tokens(first("hostname") ?? written.host, { "%h": written.host });
  const port = written.port ?? Number(first("port") ?? 22);
  const user = written.user ?? first("user") ?? userInfo().username;
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw mistake(`${route.path}: Port of ${text} is no port.`);
  const known = { "%h": host, "%n": written.host, "%p": String(port), "%r": user, ...local() };
  const proxy = route.via ?? jump(settings, text, route);
  return {
    name: text,
    host,
    port,
    user,
    login: loginOf(settings, (value) => pathOf(value, known)),
    trust: trustOf(settings, (value) => pathOf(value, known), knownHostsName(host, port)),
    dial: {
      errorLimit: Number(first("connectionattempts") ?? 0) || limits.dialErrors,
      timeoutMs: (Number(first("connecttimeout") ?? 0) || 0) * 1000 || limits.dialTimeoutMs,
    },
    ...(proxy && { proxy }),
  };
}

/** The jump hosts, the nearest of which is dialled directly; each is looked up like any host. */
function jump(settings: SshSettings, text: string, { path, jumps }: Route): Destination | undefined {
  const written = settings.proxyjump?.join(" ").trim();
  if (!written || written.toLowerCase() === "none") {
    const command = settings.proxycommand?.join(" ").trim();
    if (!command || command.toLowerCase() === "none" || written) return undefined;
    throw mistake(`${path}: ${text} has a ProxyCommand, which is not supported. Use ProxyJump.`);
  }
  if (jumps >= mostJumps) throw mistake(`${path}: ProxyJump of ${text} goes in a circle.`);
  return written
    .split(",")
    .reduce<Destination | undefined>((via, one) => resolve(one.trim(), { path, jumps: jumps + 1, via }), undefined);
}

const form =
  /^(?:(?<user>.+)@)?(?:\[(?<bracketed>[^@[\]]+)\]|(?<name>[^@:[\]]+)|(?=[^:]*:[^:]*:)(?<ipv6>[0-9A-Fa-f:.]+(?:%[\w.-]+)?))(?::(?<port>\d{1,5}))?$/;
/** Longer than any user's name, host's name and port together. */
const longest = 600;
/** A leading dash would be an option, and these a command, were it ever to reach a command line. OpenSSH refuses the same. */
const noHost = /^-|[\s'"`$\\;&<>|(){}\p{Cc}]/u;
const noUser = /^-|[\s'"`;&<>|(){}\p{Cc}]|\\$/u;

function parse(text: string, path: string): { host: string; port?: number; user?: string } {
  const uri = /^ssh:\/\/([^/]+)\/?$/.exec(text)?.[1];
  const { user, bracketed, name, ipv6, port } = (text.length <= longest && form.exec(uri ?? text)?.groups) || {};
  const host = bracketed ?? name ?? ipv6;
  const login = uri && user ? decoded(user) : user;
  if (!host || noHost.test(host) || (user && (!login || noUser.test(login)))) {
    throw mistake(
      `${path}: ${shown(text)} is no destination for ssh. Write an alias, user@host or ssh://user@host:port.`,
    );
  }
  return { host, ...(port && { port: Number(port) }), ...(login && { user: login }) };
}

function decoded(user: string): string | undefined {
  try {
    return decodeURIComponent(user);
  } catch {
    return undefined;
  }
}

function loginOf(settings: SshSettings, expand: (value: string) => string): Login {
  const only = isYes(settings.identitiesonly?.[0]);
  const named = settings.identityfile?.filter((file) => file.toLowerCase() !== "none").map(expand);
  const wanted = settings.identityagent?.[0] ?? "SSH_AUTH_SOCK";
  const agent =
    wanted === "SSH_AUTH_SOCK" ? process.env.SSH_AUTH_SOCK : wanted.toLowerCase() === "none" ? "" : expand(wanted);
  return {
    ...(agent && { agent }),
    identityFiles: named ?? defaultIdentities(),
    ...(only && { identitiesOnly: true }),
  };
}

function trustOf(settings: SshSettings, expand: (value: string) => string, name: string): Trust {
  const list = (key: string, fallback: string) => (settings[key] ?? [fallback]).flatMap((one) => one.split(/\s+/));
  const files = [
    ...list("userknownhostsfile", "~/.ssh/known_hosts ~/.ssh/known_hosts2"),
    ...list("globalknownhostsfile", "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"),
  ];
  return {
    knownAs: settings.hostkeyalias?.[0]?.toLowerCase() ?? name,
    files: files.filter((file) => file && file.toLowerCase() !== "none").map(expand),
    ...(settings.stricthostkeychecking?.[0]?.toLowerCase() === "accept-new" && { acceptNew: true }),
  };
}

function local(): Record<string, string> {
  const { username, uid } = userInfo();
  return { "%d": homedir(), "%u": username, "%i": String(uid), "%l": hostname(), "%L": hostname().replace(/\..*/, "") };
}

function pathOf(value: string, known: Record<string, string>): string {
  const path = tokens(value, known).replace(/^~(?=\/|$)/, homedir());
  return path.replace(/^\$(\w+)$|\$\{(\w+)\}/g, (whole, bare, braced) => process.env[bare ?? braced] ?? whole);
}

function tokens(value: string, known: Record<string, string>): string {
  return value.replace(/%./g, (token) => (token === "%%" ? "%" : (known[token] ?? token)));
}

function isYes(value: string | undefined): boolean {
  return /^(yes|true)$/i.test(value ?? "");
}

function mistake(message: string): KvmnetError {
  return new KvmnetError({ code: "invalid-args", message });
}
