import { globSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import SSHConfig, { glob, type Line, LineType, type Section } from "ssh-config";
import { KvmnetError } from "../model/error.ts";

/** What the SSH configuration says of a host: keys in lower case, values as written. */
export type SshSettings = Readonly<Record<string, readonly string[]>>;

/** As in OpenSSH. */
const deepest = 16;

/**
 * Looks a host up in the user's SSH configuration, else in the one that `KVMNET_SSH_CONFIG` names (as `ssh -F`: the
 * system's own is not read then). Throws `invalid-args` if a named file cannot be read.
 */
export function sshSettings(alias: string, user?: string): SshSettings {
  const named = process.env.KVMNET_SSH_CONFIG;
  const files = named ? [named] : [join(homedir(), ".ssh/config"), "/etc/ssh/ssh_config"];
  const config = new SSHConfig();
  for (const file of files) config.push(...read(file, alias, { required: Boolean(named), depth: 0 }));
  const wanted = user === undefined ? { Host: alias } : { Host: alias, User: user };
  const found = understood(files.join(", "), () => config.compute(wanted, { ignoreCase: true }));
  return Object.fromEntries(
    Object.entries(found).map(([key, value]) => [key, typeof value === "string" ? [value] : value]),
  );
}

interface Reading {
  readonly required: boolean;
  readonly depth: number;
}

/** The lines of a file, with those of included files in place. Lines of a Host section that is another's are left out. */
function read(file: string, alias: string, { required, depth }: Reading): Line[] {
  if (depth > deepest) throw new KvmnetError({ code: "invalid-args", message: `${file}: too many levels of Include.` });
  const text = textOf(file, required);
  return understood(file, () => SSHConfig.parse(text).flatMap((line) => expand(line, alias, depth)));
}

/** Whatever the library makes of what it cannot read, it is said of the file. */
function understood<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof KvmnetError) throw error;
    const message = `${file}: cannot be read as an SSH configuration`;
    throw new KvmnetError({ code: "invalid-args", message, detail: String(error).slice(0, 300) });
  }
}

function textOf(file: string, required: boolean): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // As ssh does with what may be missing; a directory that a pattern of Include has found is no file either.
    if (!required) return "";
    throw new KvmnetError({ code: "invalid-args", message: `SSH configuration ${file} cannot be read: ${code}.` });
  }
}

/** A file included in a Host section counts for that section's hosts only. */
function expand(line: Line, alias: string, depth: number): Line[] {
  if (line.type !== LineType.DIRECTIVE) return [];
  if (/^include$/i.test(line.param)) return included(words(line.value), alias, depth);
  if (!("config" in line)) return [line];
  const section: Section = line;
  const inner = [...section.config];
  if (!inner.some((one) => one.type === LineType.DIRECTIVE && /^include$/i.test(one.param))) return [line];
  if (/^host$/i.test(section.param) && !glob(words(section.value), alias)) return [];
  const lines = inner.flatMap((one) => expand(one, alias, depth));
  // What a Match is about is not known here: its own lines stay in it, included sections stand beside it.
  if (!/^host$/i.test(section.param)) {
    const own = lines.filter((one) => !("config" in one));
    return [{ ...section, config: SSHConfig.from(own) as SSHConfig }, ...lines.filter((one) => "config" in one)];
  }
  return lines;
}

function included(patterns: readonly string[], alias: string, depth: number): Line[] {
  return patterns.flatMap((pattern) => {
    const home = pattern.replace(/^~(?=\/|$)/, homedir());
    const path = isAbsolute(home) ? home : join(homedir(), ".ssh", home);
    const files = /[*?[]/.test(path) ? globSync(path).sort() : [path];
    return files.flatMap((file) => read(file, alias, { required: false, depth: depth + 1 }));
  });
}

function words(value: string | readonly { val: string }[]): string[] {
  return typeof value === "string" ? value.split(/\s+/).filter(Boolean) : value.map(({ val }) => val);
}
