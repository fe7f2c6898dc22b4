import { readFile } from "node:fs/promises";
import ssh2, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import { KvmnetError } from "../model/error.ts";
import { usableAgent } from "./agent.ts";
import type { Destination } from "./destination.ts";

/** The ways to log in, in the order to try them, and what to tell the user when none is accepted. */
export interface Attempts {
  readonly methods: readonly AnyAuthMethod[];
  /** What is tried, and why something is not: no secret. */
  readonly tried: readonly string[];
}

/**
 * Reads keys and asks the agent. What the user named explicitly comes first: sshd cuts the connection after six keys.
 * Throws `invalid-args` when a key that the program gives cannot be used.
 */
export async function attempts(destination: Destination): Promise<Attempts> {
  const { login, user: username, name } = destination;
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  if (login.privateKey) {
    methods.push({ type: "publickey", username, key: givenKey(destination, login.privateKey) });
    tried.push("privateKey");
  }
  const files = await Promise.all(login.identityFiles.map((file) => readIdentity(file, login.privateKeyPassword)));
  const only = login.identitiesOnly ? files.flatMap((file) => file.public ?? []) : undefined;
  const agent = login.agent ? await usableAgent(login.agent, only) : undefined;
  if (agent?.agent) methods.push({ type: "agent", username, agent: agent.agent });
  if (agent) tried.push(agent.note);
  for (const identity of files) {
    if (identity.key) methods.push({ type: "publickey", username, key: identity.key });
    if (identity.note) tried.push(identity.note);
  }
  const { password } = login;
  if (password !== undefined) {
    methods.push({ type: "password", username, password });
    methods.push({
      type: "keyboard-interactive",
      username,
      // Answers no question but one that is not echoed: those are about a password.
      prompt: (_name, _instructions, _lang, prompts, finish) =>
        finish(prompts.map(({ echo }) => (echo ? "" : password))),
    });
    tried.push("password");
  }
  if (methods.length === 0) throw noCredentials(name, tried);
  return { methods, tried };
}

/** The error for a host that accepted none of them. */
export function notLetIn({ name, user, host }: Destination, tried: readonly string[]): KvmnetError {
  const label = name === host ? name : `${name} (${host})`;
  const message = `host: ${label} does not let ${user} log in. Tried: ${tried.join(", ")}`;
  const nextStep = "Check the user name, and that one of its authorized keys or its password is among these.";
  return new KvmnetError({ code: "invalid-args", host: name, message, nextStep });
}

function noCredentials(name: string, notes: readonly string[]): KvmnetError {
  const message = `host: nothing to log in to ${name} with${notes.length ? ` (${notes.join(", ")})` : ""}`;
  const nextStep = "Set privateKey or password, start an SSH agent, or name an IdentityFile in the SSH configuration.";
  return new KvmnetError({ code: "invalid-args", host: name, message, nextStep });
}

function givenKey({ name, login }: Destination, text: string): ParsedKey {
  const key = parseKey(text.replaceAll("\r\n", "\n"), login.privateKeyPassword);
  if (!(key instanceof Error) && key.isPrivateKey()) return key;
  const message = !isEncrypted(key)
    ? "host.privateKey: is no private key in OpenSSH's format. Give its text, from -----BEGIN to -----END, not its path."
    : login.privateKeyPassword
      ? "host.privateKeyPassword: does not open privateKey."
      : "host.privateKey: is encrypted. Set privateKeyPassword.";
  throw new KvmnetError({ code: "invalid-args", host: name, message });
}

interface Identity {
  key?: ParsedKey;
  public?: Buffer;
  note?: string;
}

/** A key file that is not there is as good as not named; an encrypted one may still be in the agent. */
async function readIdentity(file: string, password: string | undefined): Promise<Identity> {
  const published = parseKey(await readFile(`${file}.pub`, "utf8").catch(() => ""));
  const known = published instanceof Error ? {} : { public: published.getPublicSSH() };
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { ...known, ...(code !== "ENOENT" && { note: `${file} (${code})` }) };
  }
  const key = parseKey(text, password);
  if (key instanceof Error) return { ...known, note: `${file} (${isEncrypted(key) ? "encrypted" : "not readable"})` };
  if (!key.isPrivateKey()) return { public: key.getPublicSSH() };
  return { key, public: key.getPublicSSH(), note: file };
}

/** For some texts that are no key, ssh2 returns nothing at all, whatever its types say. */
function parseKey(text: string, password?: string): ParsedKey | Error {
  const parsed = ssh2.utils.parseKey(text, password) as ParsedKey | ParsedKey[] | Error | undefined;
  return (Array.isArray(parsed) ? parsed[0] : parsed) ?? new Error("no key");
}

function isEncrypted(result: unknown): boolean {
  return result instanceof Error && /encrypted|passphrase|bad decrypt|integrity/i.test(result.message);
}
