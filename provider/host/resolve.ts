import { homedir } from "node:os";
import { join } from "node:path";
import { KvmnetError } from "../model/error.ts";
import type { Destination, Dial, Login, Trust } from "./destination.ts";
import { type HostObject, type ProxyArgs, parseHostObject } from "./host-args.ts";
import { knownHostsName } from "./known-hosts.ts";
import { limits } from "./limits.ts";
import { defaultIdentities, resolveAlias } from "./ssh-destination.ts";

/** The stack's configuration; keys are `kvmnet:hosts` and so on. */
export type StackConfig = Readonly<Record<string, string>>;

/**
 * Finds out where a host is and how to log in there, without connecting. A string is an entry of `kvmnet:hosts`, else
 * any destination that `ssh` accepts. Throws `invalid-args` on what cannot be meant; the text holds no credential.
 */
export function resolveHost(host: unknown, config: StackConfig = {}): Destination {
  if (typeof host !== "string") return fromObject(parseHostObject(host));
  const entry = configuredHosts(config)[host];
  if (entry === undefined) return resolveAlias(host);
  if (typeof entry === "string") return { ...resolveAlias(entry, `kvmnet:hosts.${host}`), name: host };
  return fromObject(parseHostObject(entry, `kvmnet:hosts.${host}`), host);
}

/** Names of the hosts that the stack's configuration has. */
export function configuredHostNames(config: StackConfig): string[] {
  return Object.keys(configuredHosts(config));
}

function configuredHosts(config: StackConfig): Record<string, unknown> {
  const text = config["kvmnet:hosts"];
  if (!text) return Object.create(null);
  try {
    const hosts: unknown = JSON.parse(text);
    if (typeof hosts === "object" && hosts !== null && !Array.isArray(hosts)) {
      return Object.assign(Object.create(null), hosts);
    }
  } catch {
    // The parser's message quotes the text, which may hold passwords.
  }
  const message = "kvmnet:hosts: must be an object whose keys are names of hosts.";
  const nextStep = `Set one with: pulumi config set --path 'kvmnet:hosts.hv1' ops@192.0.2.11`;
  throw new KvmnetError({ code: "invalid-args", message, nextStep });
}

function fromObject(args: HostObject, name = args.host): Destination {
  const { become, proxy } = args;
  return {
    ...fromConnection(args, name),
    ...(become && { become: { method: become.method, ...(become.password && { password: become.password }) } }),
    ...(proxy && {
      proxy: typeof proxy === "string" ? resolveAlias(proxy, "host.proxy") : fromConnection(proxy, proxy.host),
    }),
  };
}

/** A connection that an object spells out: the SSH configuration file has no say in it, as in @pulumi/command. */
function fromConnection(args: ProxyArgs, name: string): Destination {
  const host = args.host.replace(/^\[(.*)\]$/, "$1");
  const port = args.port ?? 22;
  return {
    name,
    host,
    port,
    user: args.user ?? "root",
    login: loginOf(args),
    trust: trustOf(args, host, port),
    dial: dialOf(args),
  };
}

/** Without any credential, what `ssh` would try. */
function loginOf(args: ProxyArgs): Login {
  const { privateKey, privateKeyPassword, password, agentSocketPath } = args;
  const none = !privateKey && !password && !agentSocketPath;
  const agent = agentSocketPath || process.env.SSH_AUTH_SOCK;
  return {
    ...(privateKey && { privateKey }),
    ...(privateKeyPassword && { privateKeyPassword }),
    ...(password && { password }),
    ...(agent && (none || agentSocketPath) && { agent }),
    identityFiles: none ? defaultIdentities() : [],
  };
}

function trustOf(args: ProxyArgs, host: string, port: number): Trust {
  const { hostKey, knownHosts, hostKeyPolicy } = args;
  const lines = knownHosts !== undefined && /\n|\s(ssh-|ecdsa-|sk-)/.test(knownHosts);
  const own = join(homedir(), ".ssh/known_hosts");
  const file = knownHosts?.replace(/^~(?=\/)/, homedir());
  return {
    knownAs: knownHostsName(host, port),
    ...(hostKey && { hostKey }),
    ...(lines && { lines: knownHosts }),
    files: file && !lines ? [file] : [own, `${own}2`, "/etc/ssh/ssh_known_hosts"],
    ...(hostKeyPolicy === "accept-new" && { acceptNew: true }),
  };
}

function dialOf({ dialErrorLimit, perDialTimeout }: ProxyArgs): Dial {
  return {
    errorLimit:
      dialErrorLimit === undefined ? limits.dialErrors : dialErrorLimit < 0 ? Number.POSITIVE_INFINITY : dialErrorLimit,
    timeoutMs: perDialTimeout === undefined ? limits.dialTimeoutMs : perDialTimeout * 1000,
  };
}
