/** Whatever says where a host is and how it is known: host objects, configuration, destinations, files of OpenSSH. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import ssh2 from "ssh2";
import { afterAll, expect, vi } from "vitest";
import { sudoersEntry } from "../../../cli/sudoers.ts";
import { hostKeyCheck } from "../../../provider/host/host-key.ts";
import { knownKeys } from "../../../provider/host/known-hosts.ts";
import { attempts } from "../../../provider/host/login.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import { KvmnetError } from "../../../provider/model/error.ts";
import { holds } from "./cases.ts";
import { mutated, mutatedLines, odd, oddText, spliced } from "./values.ts";

const home = mkdtempSync(join(tmpdir(), "kvmnet-fuzz-"));
const config = join(home, "ssh_config");
vi.stubEnv("HOME", home);
vi.stubEnv("KVMNET_SSH_CONFIG", config);
vi.stubEnv("SSH_AUTH_SOCK", undefined);
writeFileSync(config, "");
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const { private: privateKey, public: publicKey } = ssh2.utils.generateKeyPairSync("ed25519");
/** Recognised wherever they turn up. */
const credentials = ["hunter2-password", "hunter2-key", "hunter2-sudo", "hunter2-jump"];
const host = {
  host: "192.0.2.11",
  port: 2222,
  user: "ops",
  password: credentials[0],
  privateKey: `${privateKey}${credentials[1]}`,
  dialErrorLimit: 3,
  perDialTimeout: 5,
  hostKey: publicKey,
  knownHosts: `192.0.2.11 ${publicKey}`,
  hostKeyPolicy: "verify",
  become: { method: "sudo", password: credentials[2] },
  proxy: { host: "192.0.2.1", port: 22, user: "jump", password: credentials[3], hostKey: publicKey },
};

/** A result, or an error of ours that names what is wrong, on lines fit for a terminal, and shows no credential. */
async function answered<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KvmnetError)) throw error;
    expect(error.code).toBe("invalid-args");
    for (const line of error.message.split("\n"))
      expect(line.slice(0, 300)).toMatch(/^(host|kvmnet:hosts|SSH configuration|\/)/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]/.exec(error.message)).toBe(null);
    expect(error.message.isWellFormed()).toBe(true);
    expect(error.message.length).toBeLessThan(4_000);
    for (const secret of credentials) expect(error.message).not.toContain(secret);
    return undefined;
  }
}

holds(
  "a host object is understood or refused, and no refusal shows a credential",
  mutated({ host }),
  async ({ host: given }) => {
    if (typeof given === "string") return;
    const found = await answered(() => resolveHost(given));
    if (!found) return;
    expect(found.port).toBeGreaterThan(0);
    await answered(() => hostKeyCheck(found).refusal(Buffer.from("x"))?.message);
  },
);

const hosts = { "kvmnet:hosts": { hv1: host, hv2: "ops@hv1:2222", hv3: { host: "h" } } };
const entries = fc.oneof(
  mutated(hosts).map((given) => JSON.stringify(given["kvmnet:hosts"])),
  oddText,
  odd.map((value) => JSON.stringify(value)),
);
holds(
  "so is an entry of kvmnet:hosts",
  fc.tuple(entries, fc.constantFrom("hv1", "hv2", "hv3", "__proto__", "constructor")),
  async ([text, name]) => {
    await answered(() => resolveHost(name, { "kvmnet:hosts": text ?? "" }));
  },
);

const destination = fc.constantFrom(
  "hv1",
  "ops@hv1:2222",
  "ssh://ops@hv1:22/",
  "ops@[2001:db8::1]:22",
  "2001:db8::1",
  "a@b@c",
);
const destinations = fc.oneof(
  oddText,
  fc.tuple(destination, fc.nat(), oddText).map(([text, at, piece]) => spliced(text, at, piece)),
);
holds("so is a destination, and none would be an option or a command of ssh", destinations, async (text) => {
  const found = await answered(() => resolveHost(text));
  if (!found) return;
  for (const word of [found.host, found.user]) expect(word).not.toMatch(/^-|[\s'"`;&<>|(){}]|\\$/);
  expect(found.host).not.toMatch(/[$\\]/);
});

const sshConfig = `Host hv1 hv?
  HostName 192.0.2.11
  Port 2222
  User ops
  IdentityFile ~/.ssh/%r-%h
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ~/.ssh/known_hosts /dev/null
  HostKeyAlias alias
  ProxyJump jump@192.0.2.1:22,hv9
  ConnectTimeout 5
Match host 192.0.2.*
  StrictHostKeyChecking accept-new
Host !hv2 *
  Include no-such-file*
  ServerAliveInterval 5`;
// A pattern of many stars takes the library for ever; but who writes this file may as well write worse.
const sshConfigs = mutatedLines(sshConfig).filter((text) => !/\*.*\*.*\*/.test(text));
holds("so is any file of ssh's configuration", sshConfigs, async (text) => {
  writeFileSync(config, text);
  await answered(() => resolveHost("hv1"));
  writeFileSync(config, "");
});

const lines = `# comment
hv1,192.0.2.11 ${publicKey}
[192.0.2.11]:2222 ${publicKey}
@revoked * ${publicKey}
!hv2,hv? ${publicKey}
|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${publicKey}`;
const names = fc.oneof(fc.constantFrom("hv1", "[192.0.2.11]:2222"), oddText);
holds(
  "what stands in known_hosts files is a key or nothing",
  fc.tuple(mutatedLines(lines), names),
  ([text, knownAs]) => {
    for (const { type, blob } of knownKeys({ knownAs, files: [], lines: text }))
      expect(blob.toString("latin1")).toContain(type);
  },
);

const blob = Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
const blobs = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map(Buffer.from),
  fc.tuple(fc.nat(60), fc.uint8Array()).map(([at, more]) => Buffer.concat([blob.subarray(0, at), more])),
);
holds("a host's key that is not the known one is refused, whatever bytes it is", blobs, (bytes) => {
  const trusted = resolveHost({ host: "hv1", hostKey: publicKey });
  const refusal = hostKeyCheck(trusted).refusal(bytes);
  if (!bytes.equals(blob)) expect(refusal?.message).toMatch(/^host: key of hv1 has changed/);
});

holds("a private key is used or refused", fc.tuple(fc.nat(), oddText), async ([at, piece]) => {
  await answered(() => attempts(resolveHost({ host: "hv1", privateKey: spliced(privateKey, at, piece) })));
});

holds("a sudoers entry is about one user, and about one that can be", oddText, (user) => {
  let entry: string;
  try {
    entry = sudoersEntry(user);
  } catch (error) {
    expect((error as Error).name).toBe("UsageError");
    return;
  }
  expect(entry.split("\n").filter((line) => line.startsWith('"'))).toEqual([
    expect.stringMatching(/^"[\w.@$-]+" ALL=\(root\) NOPASSWD: [A-Z0-9_]+$/),
  ]);
});
