import type { Member, Read } from "./request.ts";
import { linesOf } from "./text.ts";

/** What a query asks: the canonical text of objects (given what is wanted of them), live values, the host's facts. */
export interface Query {
  readonly observe: readonly { readonly key: string; readonly text: string }[];
  readonly reads: readonly Read[];
  readonly facts?: boolean;
  /** Beginning of the URNs of the stack that it is for, if others of that stack are probably read next. Not sent. */
  readonly stack?: string;
  /** Beginning of the owners' URNs: asks for the objects of theirs that stand just as they were applied. */
  readonly standing?: string;
}

/** Something that the line protocol cannot carry. Values are validated before, so this is a defect or an attack. */
export class EncodeError extends Error {
  override readonly name = "EncodeError";
}

/**
 * Writes a request as the host's runtime reads it: `>` begins a control line, `|` a line of content. Nothing in it is
 * ever code for the host, so nothing is quoted. Throws an `EncodeError` on control characters in names, NUL in texts.
 */
export function encodeRequest(id: string, mode: "tx", members: readonly Member[]): string;
export function encodeRequest(id: string, mode: "query", queries: readonly Query[]): string;
export function encodeRequest(id: string, mode: "tx" | "query", parts: readonly (Member | Query)[]): string {
  if (!isRequestId(id)) throw new EncodeError(`not the id of a request: ${JSON.stringify(id)}`);
  const body = parts.flatMap((part, index) => [
    `>member ${index}`,
    ...("change" in part ? memberLines(part) : queryLines(part)),
  ]);
  return `${[`>${mode} ${id}`, ...body, `>end ${id}`].join("\n")}\n`;
}

/** The request once more, `ageSeconds` after it was first sent: a machine that was started since does not do it. */
export function encodeAgain(text: string, ageSeconds: number): string {
  return text.replace("\n", `\n>age ${Math.floor(ageSeconds)}\n`);
}

/** Confirms a request that is pending, over a connection other than it came by. */
export function encodeConfirm(id: string, pending: string): string {
  if (!isRequestId(id) || !isRequestId(pending)) throw new EncodeError("not the id of a request");
  return `>confirm ${id}\n>member 0\n>pending ${pending}\n>end ${id}\n`;
}

/** Ids name directories on the host. */
export function isRequestId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(id);
}

function memberLines(member: Member): string[] {
  const { change, texts } = member;
  const withText = (verb: string) => (key: string) => {
    const text = Object.hasOwn(texts, key) ? texts[key] : undefined;
    if (text === undefined) throw new EncodeError(`no text for ${JSON.stringify(key)}`);
    return [control(verb, key), ...content(text)];
  };
  return [
    control("owner", member.owner),
    ...(member.formerly === undefined ? [] : [control("formerly", member.formerly)]),
    control("nonce", member.nonce),
    ...(member.adopt ? [">adopt"] : []),
    ...(member.confirm === undefined ? [] : [`>confirm ${member.confirm}`]),
    ...member.expects.map(([name, ...words]) => control("expect", [name, ...words].join("\t"), "\t")),
    ...change.drop.map((key) => control("drop", key)),
    ...change.put.flatMap(withText("put")),
    ...change.touch.flatMap(withText("touch")),
    ...member.reads.map(readLine),
  ];
}

function queryLines(query: Query): string[] {
  return [
    ...query.observe.flatMap(({ key, text }) => [control("observe", key), ...content(text)]),
    ...query.reads.map(readLine),
    ...(query.facts ? [">facts"] : []),
    ...(query.standing === undefined ? [] : [control("standing", query.standing)]),
  ];
}

function readLine(read: Read): string {
  return control("read", wordsOf(read), "\t");
}

/** A read as both sides call it. */
export function wordsOf(read: Read): string {
  return read.join("\t");
}

/** The rest of a control line is one value, or words that `separator` keeps apart. */
function control(verb: string, value: string, separator = ""): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a line must not contain
  if (/[\x00-\x1f\x7f]/.test(separator ? value.replaceAll(separator, "") : value))
    throw new EncodeError(`control character in ${verb} ${JSON.stringify(value)}`);
  return `>${verb} ${value}`;
}

function content(text: string): string[] {
  if (text.includes("\0")) throw new EncodeError("NUL in a text");
  return linesOf(text).map((line) => `|${line}`);
}
