import type * as pulumi from "@pulumi/pulumi";

/**
 * A connection: the fields of `remote.ConnectionArgs` of `@pulumi/command`, so that a value made for it can be passed as
 * it is, and three of our own.
 */
export interface HostConnection {
  /** Name or address. */
  host: pulumi.Input<string>;
  /** Default: 22. */
  port?: pulumi.Input<number>;
  /** Default: root. */
  user?: pulumi.Input<string>;
  password?: pulumi.Input<string>;
  /** The key itself, in PEM or OpenSSH form. */
  privateKey?: pulumi.Input<string>;
  privateKeyPassword?: pulumi.Input<string>;
  /** Default: `$SSH_AUTH_SOCK`. */
  agentSocketPath?: pulumi.Input<string>;
  /** How often to dial before giving up. Default: 4. */
  dialErrorLimit?: pulumi.Input<number>;
  /** Seconds for each dial. Default: 15. */
  perDialTimeout?: pulumi.Input<number>;
  /** The host's public key, such as `ssh-ed25519 AAAA…`. Without it, known_hosts files are asked. */
  hostKey?: pulumi.Input<string>;
  /** A host to connect through: a name, or a connection. */
  proxy?: pulumi.Input<string | Omit<HostConnection, "proxy" | "become">>;
  /** A known_hosts file, or its text. Default: the user's and the system's. */
  knownHosts?: pulumi.Input<string>;
  /** How to become root. Default: not at all for root, else sudo without a password. */
  become?: pulumi.Input<"sudo" | { method: pulumi.Input<"sudo">; password?: pulumi.Input<string> }>;
  /** `accept-new` notes the key of a host never seen before. Default: `verify`, which refuses it. */
  hostKeyPolicy?: pulumi.Input<"verify" | "accept-new">;
}

/** A host: a name, or a connection. */
export type HostArg = string | HostConnection;
