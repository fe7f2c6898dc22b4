/** Times in milliseconds, sizes in bytes. */
export const limits = {
  /** One attempt to connect, up to a complete login; `perDialTimeout` overrides it. As in @pulumi/command. */
  dialTimeoutMs: 15_000,
  /**
   * The first word of a host that is there: a lost SYN goes out again after 1 s (RFC 6298), a slow name takes its time. Only
   * a plan waits no longer than this for a host that said nothing at all.
   */
  wordMs: 3_000,
  /** Failed attempts before a host counts as unreachable; `dialErrorLimit` overrides it. A preview should not wait long. */
  dialErrors: 4,
  /** Pause after the first failed attempt; it doubles, up to the longest. */
  dialPauseMs: 250,
  longestDialPauseMs: 4_000,
  /** For so long at least a host is dialled again that turned us away at the door: sshd lets few in at once (MaxStartups). */
  crowdedMs: 15_000,
  /** A host that did not answer is not dialled again for twice as long as that took, within these bounds. */
  silenceMs: { least: 2_000, most: 30_000 },

  /** Answer to a transaction; longer than the host waits for its own lock. */
  submitMs: 180_000,
  /** Answer to a query. */
  queryMs: 60_000,
  /** A look at the whole host; each of its questions has a limit of its own. */
  lookMs: 60_000,
  /** After a connection was lost in the middle of a request: for how long to try to get another. */
  reconnectMs: 45_000,
  /** A new connection to confirm a change by, when the path to the host may be cut: no single attempt may wait long. */
  confirmDialMs: 5_000,
  /** After the host has put back its old network, for how long to look for it there. */
  revertMs: 30_000,
  /** The shell that dies this often in one request is not started again. */
  shellDeaths: 3,
  /** Opening the root shell, prompts included. Longer than a silent connection lasts: that is worth another one. */
  shellMs: 30_000,
  /** While a request runs, the connection is tested this often; `keepaliveMisses` in a row unanswered and it is dead. */
  keepaliveMs: 5_000,
  keepaliveMisses: 3,
  /** An orderly end of a connection. */
  closeMs: 1_000,

  /** A group is sent when nothing new arrives for this long, or for a round trip if that is more. */
  pauseMs: 10,
  longestPauseMs: 100,
  /** However steadily members arrive. */
  gatherMs: 500,
  /** As many as the engine has in flight on two cores: a smaller group may be the first resources of a chain. */
  fullGroup: 8,
  groupMembers: 500,
  groupBytes: 1_000_000,

  /** For how long reads may be answered by what the host was seen to hold. */
  standingMs: 30_000,

  answerBytes: 64_000_000,
} as const;
