import { closest, distance } from "fastest-levenshtein";
import * as z from "zod";
import { KvmnetError } from "../model/error.ts";
import { shown } from "../model/values/shown.ts";

/** What is left out may also be null. */
const optional = <T extends z.ZodType>(type: T) =>
  type
    .nullish()
    .transform((value) => value ?? undefined)
    .optional();

/** Numbers of a stack's configuration may come as text. */
const whole = (least: number, most: number) =>
  z.preprocess(
    (value) => (typeof value === "string" && /^-?\d{1,9}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  );

/** The fields that @pulumi/command's `remote.ConnectionArgs` and its proxy share. */
const connection = {
  host: z.string().min(1).describe("Address or DNS name."),
  port: optional(whole(1, 65535)).describe("Port of sshd. Default: 22."),
  user: optional(z.string().min(1)).describe("User to log in as. Default: root."),
  password: optional(z.string()).describe("Password to log in with; also answers keyboard-interactive prompts."),
  privateKey: optional(z.string()).describe("Text of the private key to log in with."),
  privateKeyPassword: optional(z.string()).describe("Password of an encrypted private key."),
  agentSocketPath: optional(z.string()).describe("Socket of an SSH agent. Default: $SSH_AUTH_SOCK."),
  dialErrorLimit: optional(whole(-1, 1000)).describe("How many failed attempts to connect are too many; -1: none."),
  perDialTimeout: optional(whole(0, 3600)).describe("Seconds for one attempt to connect; 0: no limit. Default: 15."),
  hostKey: optional(z.string()).describe("The host's public key, as in known_hosts: `ssh-ed25519 AAAA…`."),
};

/** What we know beyond @pulumi/command. */
const ours = {
  knownHosts: optional(z.string()).describe("Path of a known_hosts file, or lines of one."),
  hostKeyPolicy: optional(z.enum(["verify", "accept-new"])).describe(
    "`accept-new` accepts a host that is not known yet and remembers its key. Default: verify.",
  ),
};

const sudo = z.strictObject({ method: z.literal("sudo").default("sudo"), password: optional(z.string()) });
const become = z.preprocess((value) => (value === "sudo" ? { method: "sudo" } : value), sudo);

const proxySchema = z.strictObject({ ...connection, ...ours });

/** A host as an object: `remote.ConnectionArgs` of @pulumi/command as it is, and a few fields more. */
export const hostObjectSchema = z.strictObject({
  ...connection,
  ...ours,
  proxy: optional(z.union([z.string().min(1), proxySchema])).describe("Jump host."),
  become: optional(become).describe(
    "How to become root if the user is not: `sudo`, with its password if it asks for one.",
  ),
});

export type ProxyArgs = z.output<typeof proxySchema>;
export type HostObject = z.output<typeof hostObjectSchema>;

/**
 * Reads a host object. Throws `invalid-args` with all that is wrong, and never a value: it may be a credential. `path`
 * is where it stands in the user's eyes, such as `host`.
 */
export function parseHostObject(value: unknown, path = "host"): HostObject {
  const result = hostObjectSchema.safeParse(value);
  if (result.success) return result.data;
  const message = flatten(result.error.issues).map((issue) => explain(issue, path));
  throw new KvmnetError({ code: "invalid-args", message: [...new Set(message)].join("\n") });
}

/** Of a union only what is wrong with the object it may be. */
function flatten(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "invalid_union") return [issue];
    const last = issue.errors.at(-1) ?? [];
    return flatten(last).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  });
}

function explain(issue: z.core.$ZodIssue, root: string): string {
  const path = [root, ...issue.path.map((step) => word(String(step)))].join(".");
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(key, path)).join("\n");
  if (issue.code === "invalid_type")
    return `${path}: ${missing(issue) ? "is required" : `must be of type ${issue.expected}`}.`;
  if (issue.code === "invalid_value")
    return `${path}: must be ${issue.values.map((one) => JSON.stringify(one)).join(" or ")}.`;
  if (issue.code === "too_small")
    return `${path}: must be at least ${issue.minimum}${issue.origin === "string" ? " character" : ""}.`;
  if (issue.code === "too_big") return `${path}: must be at most ${issue.maximum}.`;
  return `${path}: cannot be read.`;
}

function missing(issue: z.core.$ZodIssue): boolean {
  return issue.message.endsWith("received undefined");
}

function unknownField(key: string, path: string): string {
  const fields = Object.keys(hostObjectSchema.shape);
  const near = closest(key, fields);
  const hint = distance(key, near) <= 3 ? ` Did you mean "${near}"?` : ` Known are: ${fields.join(", ")}.`;
  return `${path}.${word(key)}: not a field of a host.${hint}`;
}

/** A key that is no word is quoted. */
function word(key: string): string {
  return /^\w{1,64}$/.test(key) ? key : shown(key);
}
