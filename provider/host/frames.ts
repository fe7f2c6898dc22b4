import { limits } from "./limits.ts";

/**
 * Finds what is meant for us in a shell's output: blocks between `KVMNET-BEGIN ID` and `KVMNET-END ID`, and single lines
 * that begin with a word that nobody else can know. Everything else is the noise of start-up files.
 */
export class Frames {
  readonly #wanted: string;
  #rest: string[] = [];
  #size = 0;
  #answer: { id: string; lines: string[] } | undefined;
  #waiting = new Map<string, (text: string) => void>();
  #overflow: (() => void) | undefined;

  /** `nonce` begins the single lines. */
  constructor(nonce: string, onOverflow?: () => void) {
    this.#wanted = `${nonce} `;
    this.#overflow = onOverflow;
  }

  /** Calls back with the lines between the markers of a request. */
  onAnswer(id: string, callback: (text: string) => void): void {
    this.#waiting.set(`answer ${id}`, callback);
  }

  /** Calls back with what follows the nonce in the next line that begins with it. */
  onWord(callback: (text: string) => void): void {
    this.#waiting.set("word", callback);
  }

  /** Takes the next piece of output. */
  push(chunk: string): void {
    this.#size += chunk.length;
    if (this.#size > limits.answerBytes) {
      this.#overflow?.();
      return;
    }
    const pieces = chunk.split("\n");
    if (pieces.length === 1) {
      this.#rest.push(chunk);
      return;
    }
    pieces[0] = this.#rest.join("") + pieces[0];
    this.#rest = [pieces.pop() ?? ""];
    for (const line of pieces) this.#line(line.replace(/\r$/, ""));
    if (!this.#answer) this.#size = 0;
  }

  #line(line: string): void {
    // A line of noise may lack its end.
    const word = line.indexOf(this.#wanted);
    const begin = /KVMNET-BEGIN (\S+)$/.exec(line)?.[1];
    if (word >= 0) this.#call("word", line.slice(word + this.#wanted.length));
    else if (begin !== undefined && this.#waiting.has(`answer ${begin}`)) this.#answer = { id: begin, lines: [] };
    else if (this.#answer) this.#content(line, this.#answer);
  }

  #content(line: string, { id, lines }: { id: string; lines: string[] }): void {
    const end = `KVMNET-END ${id}`;
    if (line !== end) lines.push(line.endsWith(end) ? line.slice(0, -end.length) : line);
    if (!line.endsWith(end)) return;
    this.#answer = undefined;
    this.#call(`answer ${id}`, lines.join("\n"));
  }

  #call(key: string, text: string): void {
    const callback = this.#waiting.get(key);
    this.#waiting.delete(key);
    callback?.(text);
  }
}
