import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The program that runs on the host: POSIX sh, installed as `/run/kvmnet/runtime-<version>.sh`. */
export interface Runtime {
  readonly text: string;
  /** Changes with the text, so two versions of the package can work on one host at once. */
  readonly version: string;
}

/** In the order of the file: first what the channel's shell needs, last what starts a runner. */
const files = [
  "channel",
  "request",
  "paths",
  "registry",
  "lock",
  "report",
  "room",
  "staging",
  "journal",
  "batch",
  "confirm",
  "planning",
  "transaction",
  "verify",
  "file",
  "sysctl",
  "link",
  "port",
  "address",
  "handover",
  "ifupdown",
  "networkmanager",
  "nft",
  "ruleset",
  "flows",
  "elements",
  "ufw",
  "firewalld",
  "docker",
  "pass",
  "unit",
  "notify",
  "network",
  "network-forwarders",
  "domain",
  "nic",
  "nic-kept",
  "expect",
  "expect-ports",
  "read",
  "standing",
  "facts",
  "main",
];

let loaded: Runtime | undefined;

/** Reads the runtime (once) from the files beside this module. */
export function runtime(): Runtime {
  loaded ??= load();
  return loaded;
}

function load(): Runtime {
  const body = files.map((name) => readFileSync(new URL(`./runtime/${name}.sh`, import.meta.url), "utf8")).join("\n");
  const version = createHash("sha256").update(body).digest("hex").slice(0, 16);
  return { text: `KVMNET_VERSION=${version}\n${body}`, version };
}
