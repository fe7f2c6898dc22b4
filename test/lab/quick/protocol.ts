/** What a host's keeper is told at its start, and the lines that go between it and the process that started it. */

/** The keeper's only argument, as JSON. */
export interface Orders {
  /** Directory for the host's disk, to be removed at the end. */
  dir: string;
  /** Root directory of the image, and of what lies over it, as `lowerdir` of an overlay; is only read. */
  image: string;
  /** Files to write into the host before its first boot, by absolute path. */
  files: Record<string, { content: string; mode?: number }>;
}

/** The one address of the uplink, its prefix length, and the gateway, which is the outside's own address. */
export const UPLINK = {
  ipv4: { address: "198.51.100.2", prefix: 24, gateway: "198.51.100.1" },
  ipv6: { address: "2001:db8:51::2", prefix: 64, gateway: "2001:db8:51::1" },
};

/**
 * Capabilities that nothing in a host or a peer may have, root in them or a test's own command: they would load modules, set the
 * machine's clock, reach its ports and memory, or clear its kernel log. An option of setpriv.
 */
export const BOUNDING_SET = "--bounding-set=-sys_module,-sys_time,-sys_rawio,-syslog,-wake_alarm";

/** What the keeper can be asked for; each answers with what the second line says. */
export interface Requests {
  /** Boots the host if it is not running, and waits until it answers on port 22. */
  boot: { args: Record<never, never>; answer: { pid: number } };
  /** Waits for the boot that follows the one with this pid: for hosts that reboot by themselves. */
  rebooted: { args: { after: number }; answer: { pid: number } };
  /** Kills all processes of the host and of its guests at once. */
  powerCut: { args: Record<never, never>; answer: Record<never, never> };
  /** Takes the room away that the host's disk has left, or gives it back. */
  disk: { args: { full: boolean }; answer: Record<never, never> };
  /** Starts a machine beside the host: a guest with a port on the host, or one in the outside itself. */
  peer: { args: PeerArgs; answer: { pid: number; port: string } };
  /** Kills a peer. */
  unplug: { args: { pid: number }; answer: Record<never, never> };
  /** Ends everything. */
  stop: { args: Record<never, never>; answer: Record<never, never> };
}

/** A machine beside the host. Without `mac` it stands outside. */
export interface PeerArgs {
  name: string;
  mac?: string;
  /** Bridge of the host that gets the port; without it the port stays without a master. */
  bridge?: string;
  /** Name of the port in the host; the first free `vnetN` if unset. */
  port?: string;
}

/** A line to the keeper. */
export interface Request {
  id: number;
  verb: keyof Requests;
  args: unknown;
}

/** A line from the keeper; `error` is set if it failed. */
export interface Answer {
  id: number;
  answer?: unknown;
  error?: string;
}
