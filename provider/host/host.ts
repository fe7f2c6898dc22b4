import type { Facts } from "../model/facts.ts";
import type { Query } from "../plan/encode.ts";
import type { MemberReport } from "../plan/report.ts";
import type { Member } from "../plan/request.ts";

/** What it took so far to talk with a host. */
export interface Counters {
  /** SSH handshakes with the host itself, without those of jump hosts. */
  readonly handshakes: number;
  /** Requests sent, each with all the members that came together; a resent one counts again. */
  readonly requests: number;
}

/**
 * A host. No connection is made before it is used. Every promise may reject with a `KvmnetError`: `unreachable` when the
 * host does not answer (within the deadlines of `limits.ts`), `invalid-args` when its key is unknown or it refuses who we are.
 */
export interface Host {
  /** As the user calls it. */
  readonly name: string;
  /** Where it is: what two hosts of one name differ in, and what one host of two names has in common. */
  readonly place: string;
  readonly counters: Counters;
  /** Resolves when it, or its jump host, says its first word over SSH; stays pending if it is not asked to connect. */
  readonly heard: Promise<void>;
  /** For how long one attempt to connect is worth waiting for, in milliseconds; there may be more. */
  readonly attemptMs: number;
  /** Connects, if there is no connection, after as many attempts as it takes. */
  connect(): Promise<void>;
  /** What must be known of it before planning; asked once a process. */
  facts(): Promise<Facts>;
  /** Has a member applied. What is submitted at about the same time goes in one request; each is a transaction of its own. */
  submit(member: Member): Promise<MemberReport>;
  /** Asks without changing anything; what is asked at about the same time shares one request. */
  query(query: Query): Promise<MemberReport>;
  /** Ends the connection. It is made again when the host is used again. */
  close(): Promise<void>;
}
