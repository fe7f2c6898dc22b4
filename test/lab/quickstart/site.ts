/** Where the quick start takes place. */
export interface Site {
  /** What the host is called in the stack's configuration. */
  readonly host: string;
  readonly config: Record<string, string>;
  readonly env: Record<string, string>;
  /** A directory for the stack and its state, which ends when the host does. */
  readonly keepIn: string;
  /** Has the host run, and a guest without a NIC on it. */
  prepare(): Promise<void>;
  /** Proves that packets flow. @throws at the first proof that does not hold. */
  prove(when: string): Promise<void>;
  /** Reboots the host, where that is ours to do. */
  reboot?(): Promise<void>;
  /** Ends what `prepare` started. */
  end(): Promise<void>;
  /** How to look at the host, for the closing page. */
  readonly look: string;
  /** Where the forward is reached from this machine. */
  readonly url: string;
}
