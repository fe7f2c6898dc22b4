import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Destination, Trust } from "../../../provider/host/destination.ts";
import { hostKeyCheck } from "../../../provider/host/host-key.ts";
import { fingerprint, knownHostsName, knownKeys, parsePublicKey } from "../../../provider/host/known-hosts.ts";

/** Some key of a type; what is in it does not matter here. */
function key(type: string, seed: number): string {
  const field = (data: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, data.length]), data]);
  return `${type} ${Buffer.concat([field(Buffer.from(type)), field(Buffer.alloc(32, seed))]).toString("base64")}`;
}
const blobOf = (text: string) => parsePublicKey(text)?.blob ?? Buffer.alloc(0);
const ed25519 = key("ssh-ed25519", 1);
const other = key("ssh-ed25519", 2);
const rsa = key("ssh-rsa", 3);

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "kvmnet-")), "known_hosts");
});
afterEach(() => rmSync(dirname(file), { recursive: true }));

function destination(trust: Partial<Trust>, port = 22): Destination {
  return {
    name: "hv1",
    host: "192.0.2.11",
    port,
    user: "root",
    login: { identityFiles: [] },
    dial: { errorLimit: 1, timeoutMs: 1000 },
    trust: { knownAs: knownHostsName("192.0.2.11", port), files: [file], ...trust },
  };
}
const known = (lines: string, knownAs = "192.0.2.11") => knownKeys({ knownAs, files: [], lines }).length;
const refusal = (offered: string, trust: Partial<Trust> = {}, port = 22) =>
  hostKeyCheck(destination(trust, port)).refusal(blobOf(offered));

describe("lines of known_hosts", () => {
  test("a name, a list of names, a wildcard and a single character match", () => {
    expect(known(`192.0.2.11 ${ed25519}`)).toBe(1);
    expect(known(`hv1,192.0.2.11 ${ed25519} comment`)).toBe(1);
    expect(known(`192.0.2.* ${ed25519}`)).toBe(1);
    expect(known(`192.0.2.1? ${ed25519}`)).toBe(1);
    expect(known(`192x0x2x11 ${ed25519}`)).toBe(0);
  });
  test("a negated name that matches is a no, whatever the others say", () => {
    expect(known(`192.0.2.*,!192.0.2.11 ${ed25519}`)).toBe(0);
    expect(known(`192.0.2.*,!192.0.2.12 ${ed25519}`)).toBe(1);
  });
  test("a hashed name matches", () => {
    const salt = randomBytes(20);
    const hash = createHmac("sha1", salt).update("[hv1.example]:2222").digest("base64");
    const line = `|1|${salt.toString("base64")}|${hash} ${ed25519}`;
    expect(known(line, "[hv1.example]:2222")).toBe(1);
    expect(known(line, "hv1.example")).toBe(0);
  });
  test("a name with a port is looked up with the port, else without it", () => {
    expect(known(`[192.0.2.11]:2222 ${ed25519}\n192.0.2.11 ${other}`, "[192.0.2.11]:2222")).toBe(1);
    expect(known(`192.0.2.11 ${other}`, "[192.0.2.11]:2222")).toBe(1);
  });
  test("comments, certificates, broken and cut lines count for nothing", () => {
    const cut = ed25519.slice(0, 30);
    expect(
      known(`# x\n\n@cert-authority * ${ed25519}\n192.0.2.11 ssh-rsa ${ed25519.split(" ")[1]}\n192.0.2.11 ${cut}`),
    ).toBe(0);
  });
});

describe("a host key", () => {
  test("is accepted when it is known", () => {
    expect(refusal(ed25519, { lines: `192.0.2.11 ${ed25519}` })).toBeUndefined();
  });
  test("is accepted when it is hostKey, also as a fingerprint, and files are not asked then", () => {
    const files = { lines: `192.0.2.11 ${other}` };
    expect(refusal(ed25519, { ...files, hostKey: `${ed25519} root@hv1` })).toBeUndefined();
    expect(
      refusal(ed25519, { ...files, hostKey: fingerprint({ type: "ssh-ed25519", blob: blobOf(ed25519) }) }),
    ).toBeUndefined();
    expect(refusal(other, { ...files, hostKey: ed25519 })?.message).toMatch(/has changed/);
  });
  test("that is unknown is refused with its fingerprint, what to do and the line to add", () => {
    const error = refusal(ed25519);
    expect(error?.code).toBe("invalid-args");
    expect(error?.message).toMatch(
      /^host: key of hv1 \(192\.0\.2\.11\) is unknown: ED25519 SHA256:\S{43}\. Compare it on the console, then add it to \S+known_hosts or set hostKey\. Nothing was sent\. The line to add: 192\.0\.2\.11 ssh-ed25519 AAAA/,
    );
  });
  test("that has changed is refused with both fingerprints and where the old one stands", () => {
    writeFileSync(file, `# mine\n192.0.2.11 ${other}\n`);
    const error = refusal(ed25519, { acceptNew: true });
    const prints = [ed25519, other].map((text) => fingerprint({ type: "ssh-ed25519", blob: blobOf(text) }));
    for (const print of prints) expect(error?.message).toContain(print);
    expect(error?.message).toContain(`${file}:2`);
    expect(error?.message).toContain(`ssh-keygen -f ${file} -R '192.0.2.11'`);
  });
  test("of another type than the known one counts as changed", () => {
    expect(refusal(rsa, { acceptNew: true, lines: `192.0.2.11 ${ed25519}` })?.message).toMatch(/has changed: RSA/);
  });
  test("that is revoked is refused, even if it is hostKey", () => {
    expect(refusal(ed25519, { lines: `@revoked * ${ed25519}`, hostKey: ed25519 })?.message).toMatch(/revoked/);
  });
  test("that is new is remembered with accept-new, in a line of its own", () => {
    writeFileSync(file, `hv9 ${other}`);
    expect(refusal(ed25519, { acceptNew: true }, 2222)).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe(`hv9 ${other}\n[192.0.2.11]:2222 ${ed25519}\n`);
    expect(refusal(ed25519, {}, 2222)).toBeUndefined();
    expect(refusal(other, { acceptNew: true }, 2222)?.message).toMatch(/has changed/);
  });
  test("that cannot be remembered is refused", () => {
    expect(refusal(ed25519, { acceptNew: true, files: ["/proc/none/known_hosts"] })?.message).toMatch(
      /could not be kept/,
    );
  });
  test("of a known type is negotiated first", () => {
    expect(hostKeyCheck(destination({ lines: `192.0.2.11 ${rsa}` })).algorithms.slice(0, 3)).toEqual([
      "rsa-sha2-512",
      "rsa-sha2-256",
      "ssh-ed25519",
    ]);
  });
  test("given as something else is a mistake that is not repeated", () => {
    expect(() => refusal(ed25519, { hostKey: "-----BEGIN OPENSSH PRIVATE KEY-----" })).toThrow(
      /^host\.hostKey: is no public key/,
    );
  });
});
