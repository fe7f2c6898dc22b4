/** How many quick hosts the kernel has inotify instances for: it counts them for each user, in all namespaces together. */
import { readFile, writeFile } from "node:fs/promises";

const LIMIT = "/proc/sys/fs/inotify/max_user_instances";

/** Of a host: systemd has 5, udevd, its workers, dbus and logind one each. */
const INSTANCES = 9;

/** @throws if so many hosts run that another one's systemd would hang. */
export async function checkRoom(hosts: number): Promise<void> {
  const limit = await read();
  if (hosts * INSTANCES <= limit) return;
  throw new Error(`${LIMIT} is ${limit}, too little for ${hosts} quick hosts at once, which need ${INSTANCES} each`);
}

/** Makes room for so many hosts on this machine. Gives back what puts the limit back. @throws if it may not be changed. */
export async function makeRoom(hosts: number): Promise<() => Promise<void>> {
  const before = await read();
  // What is started on them has some too: each dnsmasq one.
  const needed = 2 * (hosts + 2) * INSTANCES;
  if (needed > before) await writeFile(LIMIT, String(needed));
  return () => writeFile(LIMIT, String(before));
}

async function read(): Promise<number> {
  return Number(await readFile(LIMIT, "utf8"));
}
