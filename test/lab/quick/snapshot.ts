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

/** One look at a host: a shell command, and what its output says. */
interface Reader {
  readonly command: string;
  readonly entries: (stdout: string) => Entries;
}

/**
 * Reads the state of a host; unless it is the `whole`, without the files of its packages, in half the time. All in one
 * command: to go into a host takes longer than most of them.
 */
export async function takeSnapshot(exec: Exec, whole = true): Promise<Snapshot> {
  const readers = [
    ...[nftTables, ...legacyTables, links, addresses, ...routes, sysctls],
    ...[whole ? files("/ /run") : files(OWN), hashes, units, processes],
  ];
  const script = readers.map(({ command }) => `( ${command}\n) || failed=$?\necho '${PART}'\n`).join("");
  const { stdout } = await exec(`${script}exit \${failed-0}`);
  const outputs = stdout.split(PART_LINE);
  if (outputs.length !== readers.length + 1) throw new Error(`a snapshot was cut short: ${stdout.slice(-300)}`);
  const all = readers.flatMap(({ entries }, index) => entries(outputs[index] ?? ""));
  return Object.fromEntries(all.filter(([key]) => !isException(key)));
}

/** Between two outputs. The list of processes has it, so it is the same each time. */
const PART = "---- next ----";
const PART_LINE = new RegExp(`\\n?^${PART}$\\n?`, "m");

/** What packets put into a set or a map. */
const LEARNT = /(?<=\tflags dynamic\n)\t+elements = \{[^}]*\}\n/g;

const nftTables: Reader = {
  command: "nft --stateless list ruleset",
  entries(stdout) {
    // Comments in front of a table are iptables-nft's warnings.
    const tables = stdout.split(/^(?=table )/m).filter((text) => text.startsWith("table "));
    return tables.map((text) => [
      `nft:${text.slice(6, text.indexOf(" {"))}`,
      text
        .replace(/^# Warning.*\n/gm, "")
        .replace(LEARNT, "")
        .trimEnd(),
    ]);
  },
};

const legacyTables = Object.entries({ ip: "", ip6: "6" }).map(
  ([family, v]): Reader => ({
    // The command would register the tables that it lists, so it only runs when they are there. No file of /proc has a size.
    command: `! grep -qs . /proc/net/ip${v}_tables_names || ip${v}tables-legacy-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'`,
    entries: (stdout) => (stdout ? [[`iptables-legacy:${family}`, stdout]] : []),
  }),
);

const links: Reader = {
  command: "ip -json -details link show",
  entries: (stdout) => json(stdout).map((link) => [`link:${link.ifname}`, JSON.stringify(link)]),
};

const addresses: Reader = {
  command: "ip -json address show",
  entries: (stdout) =>
    json(stdout).flatMap(({ ifname, addr_info }) =>
      (addr_info as Json[]).map((one): [string, string] => [
        `address:${ifname} ${one.local}/${one.prefixlen}`,
        JSON.stringify(one),
      ]),
    ),
};

const routes = ["-4", "-6"].flatMap((family) =>
  Object.entries({ route: "route show table all", rule: "rule show" }).map(
    ([kind, words]): Reader => ({
      command: `ip ${family} -json ${words}`,
      entries: (stdout) => json(stdout).map((one) => [`${kind}:${family} ${JSON.stringify(one)}`, ""]),
    }),
  ),
);

const sysctls: Reader = {
  command: "sysctl -a --pattern '^net' 2> /dev/null",
  entries: (stdout) =>
    stdout.split("\n").map((line) => {
      const [key = "", value = ""] = line.split(/ = ?(.*)/s);
      return [`sysctl:${key}`, value];
    }),
};

const files = (where: string): Reader => ({
  // A directory's own size says what once was in it.
  command: `find ${where} -xdev '(' -type d -printf '%p\\t%y %m %U:%G\\n' -o -type l -printf '%p\\t%y %l\\n' -o -printf '%p\\t%y %m %U:%G %s\\n' ')'`,
  entries: (stdout) =>
    stdout.split("\n").map((line) => {
      const [path = "", value = ""] = line.split("\t");
      // A process number has as many digits as it happens to have.
      return [`file:${path}`, /^\/run\/.*\.pid$/.test(path) ? value.replace(/ \d+$/, "") : value];
    }),
});

/** Sizes say little of the files that matter: their content's hash does. */
const hashes: Reader = {
  // A file may go while this runs. Without -z a backslash in a name, as systemd has them, changes the line.
  command: `{ find ${HASHED} -xdev '(' ${UNHASHED} ')' -prune -o -type f -print0 | xargs -0r sha256sum -z 2> /dev/null || true; } | tr '\\0\\n' '\\n?'`,
  entries: (stdout) => stdout.split("\n").map((line) => [`file:${line.slice(66)}:sha256`, line.slice(0, 64)]),
};

const units: Reader = {
  // A loaded unit that does nothing may be unloaded at any time.
  command: "systemctl list-units --plain --no-legend --full --state=active,activating,failed,deactivating",
  entries: (stdout) =>
    stdout.split("\n").map((line) => {
      const [name = "", load, active, sub] = line.split(/\s+/);
      // Whether a socket's service runs is said by the service.
      return [`unit:${name}`, name.endsWith(".socket") ? `${load} ${active}` : `${load} ${active} ${sub}`];
    }),
};

const processes: Reader = { command: "ps -e --no-headers -o pid=,ppid=,user:32=,args=", entries: running };

function running(stdout: string): Entries {
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

function json(text: string): Json[] {
  const parsed: unknown = JSON.parse(text || "[]", (key, value) => (VOLATILE_FIELDS.has(key) ? undefined : value));
  return (parsed as Json[]).filter((entry) => Object.keys(entry).length > 0);
}
