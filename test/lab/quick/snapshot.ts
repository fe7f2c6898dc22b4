/** The state of a host as a flat map, to be compared before and after: one entry for each thing that can differ. */
import type { Said } from "./enter.ts";
import { isException, VOLATILE_FIELDS } from "./snapshot-exceptions.ts";

/**
 * Keys: `nft:FAMILY TABLE`, `iptables-legacy:FAMILY`, `link:NAME`, `address:LINK ADDRESS`, `route:…`, `rule:…`, `sysctl:NAME`,
 * `file:PATH`, `file:PATH:sha256`, `unit:NAME`, `process:USER COMMAND`.
 */
export type Snapshot = Record<string, string>;

/** One entry that is not the same in two snapshots; undefined on the side where it is missing. */
export interface Difference {
  key: string;
  before: string | undefined;
  after: string | undefined;
}

/** What is not the same; empty if nothing. */
export function differences(before: Snapshot, after: Snapshot): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => ({ key, before: before[key], after: after[key] }));
}

type Entries = [key: string, value: string][];
type Exec = (command: string) => Promise<Said>;

/** Directories whose files are compared by content; the rest of the disk by size, mode and owner. */
const HASHED = "/etc /run /root /home /opt /srv /usr/local /var/lib /tmp";
/** Files nobody but dpkg writes to; hashing them would double the time. */
const UNHASHED = "-path /var/lib/dpkg -o -path /var/lib/apt -o -path /run/udev -o -path /run/log -o -path /etc/ssl";

/** Where a host's own files are: all but what packages install. */
const OWN = "/etc /run /root /home /opt /srv /usr/local /var /tmp /boot";

const READERS: ((exec: Exec, whole: boolean) => Promise<Entries>)[] = [
  nftTables,
  legacyTables,
  links,
  addresses,
  routes,
  sysctls,
  files,
  hashes,
  units,
  processes,
];

/** Reads the state of a host; unless it is the `whole`, without the files of its packages, in half the time. */
export async function takeSnapshot(exec: Exec, whole = true): Promise<Snapshot> {
  // One after the other: each is quick, and the list of processes must not see the others.
  const all: Entries = [];
  for (const read of READERS) all.push(...(await read(exec, whole)));
  return Object.fromEntries(all.filter(([key]) => !isException(key)));
}

/** What packets put into a set or a map. */
const LEARNT = /(?<=\tflags dynamic\n)\t+elements = \{[^}]*\}\n/g;

async function nftTables(exec: Exec): Promise<Entries> {
  const { stdout } = await exec("nft --stateless list ruleset");
  // Comments in front of a table are iptables-nft's warnings.
  const tables = stdout.split(/^(?=table )/m).filter((text) => text.startsWith("table "));
  return tables.map((text) => [
    `nft:${text.slice(6, text.indexOf(" {"))}`,
    text
      .replace(/^# Warning.*\n/gm, "")
      .replace(LEARNT, "")
      .trimEnd(),
  ]);
}

async function legacyTables(exec: Exec): Promise<Entries> {
  // The command would register the tables that it lists, so it only runs when they are there. No file of /proc has a size.
  const read = (v: string) =>
    `! grep -qs . /proc/net/ip${v}_tables_names || ip${v}tables-legacy-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'`;
  const families = { ip: "", ip6: "6" };
  const entries = Object.entries(families).map(async ([family, v]): Promise<Entries> => {
    const { stdout } = await exec(read(v));
    return stdout ? [[`iptables-legacy:${family}`, stdout]] : [];
  });
  return (await Promise.all(entries)).flat();
}

async function links(exec: Exec): Promise<Entries> {
  return (await json(exec, "ip -json -details link show")).map((link) => [`link:${link.ifname}`, JSON.stringify(link)]);
}

async function addresses(exec: Exec): Promise<Entries> {
  const all = await json(exec, "ip -json address show");
  return all.flatMap(({ ifname, addr_info }) =>
    (addr_info as Json[]).map((one): [string, string] => [
      `address:${ifname} ${one.local}/${one.prefixlen}`,
      JSON.stringify(one),
    ]),
  );
}

async function routes(exec: Exec): Promise<Entries> {
  const entries = await Promise.all(
    ["-4", "-6"].flatMap((family) =>
      [`ip ${family} -json route show table all`, `ip ${family} -json rule show`].map(async (command) => {
        const kind = command.includes("rule") ? "rule" : "route";
        return (await json(exec, command)).map((one): [string, string] => [
          `${kind}:${family} ${JSON.stringify(one)}`,
          "",
        ]);
      }),
    ),
  );
  return entries.flat();
}

async function sysctls(exec: Exec): Promise<Entries> {
  const { stdout } = await exec("sysctl -a --pattern '^net' 2> /dev/null");
  return stdout.split("\n").map((line) => {
    const [key = "", value = ""] = line.split(/ = ?(.*)/s);
    return [`sysctl:${key}`, value];
  });
}

async function files(exec: Exec, whole: boolean): Promise<Entries> {
  // A directory's own size says what once was in it.
  const { stdout } = await exec(
    `find ${whole ? "/ /run" : OWN} -xdev '(' -type d -printf '%p\\t%y %m %U:%G\\n' -o -type l -printf '%p\\t%y %l\\n' -o -printf '%p\\t%y %m %U:%G %s\\n' ')'`,
  );
  return stdout.split("\n").map((line) => {
    const [path = "", value = ""] = line.split("\t");
    // A process number has as many digits as it happens to have.
    return [`file:${path}`, /^\/run\/.*\.pid$/.test(path) ? value.replace(/ \d+$/, "") : value];
  });
}

/** Sizes say little of the files that matter: their content's hash does. */
async function hashes(exec: Exec): Promise<Entries> {
  const find = `find ${HASHED} -xdev '(' ${UNHASHED} ')' -prune -o -type f -print0`;
  // A file may go while this runs. Without -z a backslash in a name, as systemd has them, changes the line.
  const { stdout } = await exec(`{ ${find} | xargs -0r sha256sum -z 2> /dev/null || true; } | tr '\\0\\n' '\\n?'`);
  return stdout.split("\n").map((line) => [`file:${line.slice(66)}:sha256`, line.slice(0, 64)]);
}

async function units(exec: Exec): Promise<Entries> {
  // A loaded unit that does nothing may be unloaded at any time.
  const { stdout } = await exec(
    "systemctl list-units --plain --no-legend --full --state=active,activating,failed,deactivating",
  );
  return stdout.split("\n").map((line) => {
    const [name = "", load, active, sub] = line.split(/\s+/);
    // Whether a socket's service runs is said by the service.
    return [`unit:${name}`, name.endsWith(".socket") ? `${load} ${active}` : `${load} ${active} ${sub}`];
  });
}

async function processes(exec: Exec): Promise<Entries> {
  const { stdout } = await exec("ps -e --no-headers -o pid=,ppid=,user:32=,args=");
  const parents = new Map<string, string>();
  const commands: [pid: string, key: string][] = [];
  for (const line of stdout.split("\n")) {
    const [, pid, parent, user, args] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    if (!pid || !parent) continue;
    parents.set(pid, parent);
    commands.push([pid, `process:${user} ${args}`]);
  }
  // What came in from outside the pid namespace has parent 0, like process 1: the reader of all this.
  const isOurs = (pid: string): boolean => {
    const parent = parents.get(pid);
    return parent === "0" ? pid !== "1" : parent !== undefined && isOurs(parent);
  };
  const counts = new Map<string, number>();
  // A service that init is just starting looks like init until it has executed its program.
  const init = commands.find(([pid]) => pid === "1")?.[1];
  const isStarting = (pid: string, key: string) => key === init && parents.get(pid) === "1";
  for (const [pid, key] of commands) {
    if (!isOurs(pid) && !isStarting(pid, key)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => [key, String(count)]);
}

type Json = Record<string, unknown>;

async function json(exec: Exec, command: string): Promise<Json[]> {
  const { stdout } = await exec(command);
  const parsed: unknown = JSON.parse(stdout || "[]", (key, value) => (VOLATILE_FIELDS.has(key) ? undefined : value));
  return (parsed as Json[]).filter((entry) => Object.keys(entry).length > 0);
}
