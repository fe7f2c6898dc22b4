import type { TcpProxy } from "../lab/proxy.ts";
import type { Said, Snapshot } from "../lab/quick/index.ts";

/** A host that can be broken: what the walker needs of it, be it in namespaces or a virtual machine. */
export interface Target {
  /** Its name in an SSH configuration that leads through `proxy`. */
  readonly name: string;
  readonly sshConfig: string;
  readonly proxy: TcpProxy;
  exec(command: string, options?: { input?: string; mayFail?: boolean; timeout?: number }): Promise<Said>;
  /** Without the files of packages, unless it is the `whole`. */
  snapshot(whole?: boolean): Promise<Snapshot>;
  fillDisk(full: boolean): Promise<void>;
  /** Takes its power away and boots it; nobody can connect before it is `ready`. */
  powerCut(ready: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}
