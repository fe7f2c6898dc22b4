import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { KvmnetError } from "../provider/model/error.ts";
import { markdown } from "../provider/review/markdown.ts";
import { page } from "../provider/review/page.ts";
import { parsePreview } from "../provider/review/preview.ts";
import { reviewOf } from "../provider/review/review.ts";
import { type Command, UsageError } from "./command.ts";

/** `npx kvmnet review`: what a preview changes on the hosts, for people who review it before it happens. It asks no host. */
export const review: Command = {
  name: "review",
  synopsis: "review [FILE] [--html]",
  purpose:
    "write what `pulumi preview --json` (FILE, else the standard input) changes on the hosts, line by line: Markdown for a pull request, or a page; exit code 1 when the preview failed",
  options: { html: { type: "boolean" } },
  async run([file = "-", ...more], { html }) {
    if (more.length) throw new UsageError("review takes one file");
    try {
      const found = reviewOf(parsePreview(await contentOf(file)));
      return { text: html ? page(found) : markdown(found), exitCode: found.failed ? 1 : 0 };
    } catch (error) {
      if (!(error instanceof KvmnetError)) throw error;
      throw new UsageError(`${file === "-" ? "the standard input" : file}: ${error.message}`);
    }
  },
};

async function contentOf(file: string): Promise<string> {
  if (file === "-") return readAll(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
