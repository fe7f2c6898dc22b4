import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { poolKey } from "../../../provider/host/destination.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "kvmnet-"));
  mkdirSync(join(home, ".ssh"));
  vi.stubEnv("HOME", home);
  vi.stubEnv("SSH_AUTH_SOCK", "/run/agent");
  vi.stubEnv("KVMNET_SSH_CONFIG", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const configure = (text: string, file = "config") => writeFileSync(join(home, ".ssh", file), text);
const message = (host: unknown, config = {}) => {
  try {
    resolveHost(host, config);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was accepted");
};

describe("a host given as an object", () => {
  test("takes remote.ConnectionArgs of @pulumi/command as they are", () => {
    const proxy = { host: "jump", user: "j", port: 2200, password: "p" };
    const resolved = resolveHost({
      host: "192.0.2.11",
      port: 2222,
      user: "ops",
      password: "secret-a",
      privateKey: "secret-b",
      privateKeyPassword: "secret-c",
      agentSocketPath: "/run/other",
      dialErrorLimit: -1,
      perDialTimeout: 3,
      hostKey: "ssh-ed25519 AAAA",
      proxy,
    });
    expect(resolved).toMatchObject({ name: "192.0.2.11", host: "192.0.2.11", port: 2222, user: "ops" });
    expect(resolved.login).toEqual({
      password: "secret-a",
      privateKey: "secret-b",
      privateKeyPassword: "secret-c",
      agent: "/run/other",
      identityFiles: [],
    });
    expect(resolved.dial).toEqual({ errorLimit: Number.POSITIVE_INFINITY, timeoutMs: 3000 });
    expect(resolved.proxy).toMatchObject({ host: "jump", port: 2200, user: "j", login: { password: "p" } });
    expect(poolKey(resolved)).toBe("ops@192.0.2.11:2222 via j@jump:2200");
  });
  test("has the defaults of @pulumi/command, and what ssh would try when no credential is given", () => {
    expect(resolveHost({ host: "h" })).toMatchObject({
      user: "root",
      port: 22,
      dial: { timeoutMs: 15_000 },
      login: {
        agent: "/run/agent",
        identityFiles: [join(home, ".ssh/id_ed25519"), expect.any(String), expect.any(String)],
      },
      trust: { knownAs: "h", files: [join(home, ".ssh/known_hosts"), expect.any(String), expect.any(String)] },
    });
  });
  test("may have nulls, and numbers as text, as configuration has them", () => {
    expect(resolveHost({ host: "h", port: "2222", password: null, proxy: null, become: null })).toMatchObject({
      port: 2222,
    });
  });
  test("says how to become root", () => {
    expect(resolveHost({ host: "h", become: "sudo" }).become).toEqual({ method: "sudo" });
    expect(resolveHost({ host: "h", become: { password: "x" } }).become).toEqual({ method: "sudo", password: "x" });
  });
  test("takes known hosts as a path or as lines", () => {
    expect(resolveHost({ host: "h", knownHosts: "~/kh" }).trust.files).toEqual([join(home, "kh")]);
    expect(resolveHost({ host: "h", knownHosts: "h ssh-ed25519 AAAA" }).trust.lines).toBe("h ssh-ed25519 AAAA");
  });
  test("is refused with all mistakes at once, none of which shows a value", () => {
    const all = message({
      host: 7,
      prot: 22,
      password: ["hunter2"],
      hostKeyPolicy: "hunter2",
      become: "su",
      proxy: { host: "j", x: 1 },
    });
    expect(all).toContain("host.host: must be of type string.");
    expect(all).toContain('host.prot: not a field of a host. Did you mean "port"?');
    expect(all).toContain("host.password: must be of type string.");
    expect(all).toContain('host.hostKeyPolicy: must be "verify" or "accept-new".');
    expect(all).toContain("host.proxy.x: not a field of a host.");
    expect(all).toContain("host.become");
    expect(all).not.toContain("hunter2");
  });
  test("without an address is refused", () => {
    expect(message({ user: "ops" })).toBe("host.host: is required.");
    expect(message({ host: "h", port: 70000 })).toBe("host.port: must be at most 65535.");
    expect(message(7)).toBe("host: must be of type object.");
  });
});

describe("a host given by name", () => {
  const hosts = (value: unknown) => ({ "kvmnet:hosts": JSON.stringify(value) });
  test("is an entry of the stack's configuration first", () => {
    const config = hosts({ hv1: { host: "192.0.2.11", user: "ops", become: { method: "sudo", password: "x" } } });
    expect(resolveHost("hv1", config)).toMatchObject({ name: "hv1", host: "192.0.2.11", user: "ops" });
    expect(resolveHost("hv1", hosts({ hv1: "ops@192.0.2.12:2222" }))).toMatchObject({
      name: "hv1",
      host: "192.0.2.12",
      port: 2222,
    });
  });
  test("is not an entry for being a property of every object", () => {
    expect(resolveHost("constructor", hosts({}))).toMatchObject({ host: "constructor" });
  });
  test("names the entry that is wrong, and shows nothing of a configuration that cannot be read", () => {
    expect(message("hv1", hosts({ hv1: { hots: "x" } }))).toContain("kvmnet:hosts.hv1.hots: not a field");
    expect(message("hv1", { "kvmnet:hosts": "{hunter2" })).not.toContain("hunter2");
  });
  test("is whatever ssh accepts", () => {
    const us = userInfo().username;
    expect(resolveHost("hv1")).toMatchObject({ name: "hv1", host: "hv1", port: 22, user: us });
    expect(resolveHost("ops@hv1")).toMatchObject({ host: "hv1", user: "ops" });
    expect(resolveHost("a@b@hv1")).toMatchObject({ host: "hv1", user: "a@b" });
    expect(resolveHost("hv1:2222")).toMatchObject({ host: "hv1", port: 2222 });
    expect(resolveHost("ssh://ops@hv1:2222")).toMatchObject({ host: "hv1", port: 2222, user: "ops" });
    expect(resolveHost("ops@[2001:db8::1]:2222")).toMatchObject({ host: "2001:db8::1", port: 2222 });
    expect(resolveHost("2001:db8::1")).toMatchObject({
      host: "2001:db8::1",
      port: 22,
      trust: { knownAs: "2001:db8::1" },
    });
  });
  test("is refused if ssh would take it for an option, or not at all", () => {
    for (const bad of ["-oProxyCommand=x", "ops@-x", "a b", "", "hv1:port", "ssh://"])
      expect(() => resolveHost(bad)).toThrow(/host/);
  });
});

describe("the SSH configuration", () => {
  test("gives address, port, user, keys, agent and known hosts", () => {
    configure(
      `Host hv*\n  HostName %h.example\n  user ops\n  PORT=2222\n  IdentityFile ~/.ssh/%r-key\n  IdentityFile "%d/other key"\n` +
        `  IdentitiesOnly yes\n  UserKnownHostsFile ~/a /b\n  StrictHostKeyChecking accept-new\n  IdentityAgent none\n`,
    );
    const resolved = resolveHost("hv1");
    expect(resolved).toMatchObject({ name: "hv1", host: "hv1.example", port: 2222, user: "ops" });
    expect(resolved.login).toEqual({
      identityFiles: [join(home, ".ssh/ops-key"), join(home, "other key")],
      identitiesOnly: true,
    });
    expect(resolved.trust).toMatchObject({ knownAs: "[hv1.example]:2222", acceptNew: true });
    expect(resolved.trust.files.slice(0, 2)).toEqual([join(home, "a"), "/b"]);
  });
  test("has the first value win, and the destination before it", () => {
    configure("Host hv1\n  User first\nHost *\n  User second\n  Port 2200\n");
    expect(resolveHost("hv1")).toMatchObject({ user: "first", port: 2200 });
    expect(resolveHost("me@hv1")).toMatchObject({ user: "me" });
  });
  test("does not accept hosts blindly, whatever it says", () => {
    configure("Host *\n  StrictHostKeyChecking no\n");
    expect(resolveHost("hv1").trust.acceptNew).toBeUndefined();
  });
  test("is read with its includes, which count for their section only", () => {
    configure("Include more/*\nHost hv9\n  Include ninth\nHost *\n  Port 2200\n");
    mkdirSync(join(home, ".ssh/more"));
    configure("Host hv1\n  User included\n", "more/a.conf");
    configure("User ninth\n", "ninth");
    expect(resolveHost("hv1")).toMatchObject({ user: "included", port: 2200 });
    expect(resolveHost("hv9")).toMatchObject({ user: "ninth", port: 2200 });
    expect(resolveHost("hv2").user).toBe(userInfo().username);
  });
  test("that KVMNET_SSH_CONFIG names is read instead, and must be there", () => {
    configure("Host hv1\n  User mine\n");
    writeFileSync(join(home, "named"), "Host hv1\n  User named\n");
    vi.stubEnv("KVMNET_SSH_CONFIG", join(home, "named"));
    expect(resolveHost("hv1").user).toBe("named");
    vi.stubEnv("KVMNET_SSH_CONFIG", join(home, "none"));
    expect(message("hv1")).toMatch(/none cannot be read: ENOENT/);
  });
  test("gives jump hosts, each with its own settings, the nearest first", () => {
    configure(
      "Host hv1\n  ProxyJump first,ops@second:2222\nHost first\n  HostName 192.0.2.1\n  User jumper\nHost direct\n  ProxyJump none\n",
    );
    const { proxy } = resolveHost("hv1");
    expect(proxy).toMatchObject({
      host: "second",
      user: "ops",
      port: 2222,
      proxy: { host: "192.0.2.1", user: "jumper" },
    });
    expect(proxy?.proxy?.proxy).toBeUndefined();
    expect(resolveHost("direct").proxy).toBeUndefined();
  });
  test("that jumps in a circle, or needs a ProxyCommand, is refused", () => {
    configure("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\nHost c\n  ProxyCommand nc %h %p\n");
    expect(message("a")).toMatch(/circle/);
    expect(message("c")).toMatch(/Use ProxyJump/);
  });
  test("that includes itself is refused", () => {
    configure("Include config\n");
    expect(message("hv1")).toMatch(/too many levels/);
  });
});

test("the key of a connection to share holds no secret", () => {
  const key = poolKey(
    resolveHost({ host: "h", password: "hunter2", privateKey: "hunter2", become: { password: "hunter2" } }),
  );
  expect(key).toBe("root@h:22");
});
