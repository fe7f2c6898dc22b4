import { escapeControls } from "../plan/text.ts";

/** What kind of failure it is; what the lifecycle and the doctor decide by. */
export const errorCodes = [
  /** What the user wrote cannot be meant, or the host refuses who we are. */
  "invalid-args",
  /** No answer from the host: whether it did something is unknown until it answers again. */
  "unreachable",
  /** Something that must hold on the host does not. */
  "unmet",
  /** Somebody else's object is in the way. */
  "conflict",
  "apply-failed",
  "verify-failed",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorParts {
  readonly code: ErrorCode;
  /** What happened, with the path of the argument in front if it is about one: `host: …`. */
  readonly message: string;
  /** The host as the user calls it. */
  readonly host?: string | undefined;
  /** URN of the resource. */
  readonly resource?: string | undefined;
  /** What a tool or the host said, without secrets. */
  readonly detail?: string | undefined;
  /** What the user can do about it: one or two sentences. */
  readonly nextStep?: string | undefined;
  readonly cause?: unknown;
}

/** The one error that users see. Its message is made of its parts, for a person to read; none of it is secret. */
export class KvmnetError extends Error {
  override readonly name: string = "KvmnetError";
  readonly code: ErrorCode;
  readonly host: string | undefined;
  readonly resource: string | undefined;
  readonly detail: string | undefined;
  readonly nextStep: string | undefined;

  constructor(parts: ErrorParts) {
    super(compose(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = parts.code;
    this.host = parts.host;
    this.resource = parts.resource;
    this.detail = parts.detail;
    this.nextStep = parts.nextStep;
  }
}

/** `message: detail. Next step.` Foreign text may be in any of it, and it goes to a terminal. */
function compose({ message, detail, nextStep }: ErrorParts): string {
  const said = [message, detail].filter(Boolean).join(": ");
  return escapeControls(nextStep ? `${said.replace(/\.$/, "")}. ${nextStep}` : said);
}
