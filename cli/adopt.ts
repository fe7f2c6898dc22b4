import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importText } from "../provider/adopt/import-file.ts";
import { programText } from "../provider/adopt/program.ts";
import { survey } from "../provider/adopt/survey.ts";
import { parsePicture } from "../provider/doctor/picture/picture.ts";
import { KvmnetError } from "../provider/model/error.ts";
import { escapeControls } from "../provider/plan/text.ts";
import { type Command, type Outcome, UsageError } from "./command.ts";
import { stackConfig } from "./stack-config.ts";

/** `npx kvmnet adopt HOST`: the program that declares what somebody has built on a host by hand. It changes nothing there. */
export const adopt: Command = {
  name: "adopt",
  synopsis: "adopt HOST [DIRECTORY] [--json]",
  purpose:
    "write the program, and the file for pulumi import, that take over what was built on a host by hand; to DIRECTORY (index.ts, import.json), else the program to the standard output",
  options: { json: { type: "boolean" } },
  async run([host, directory, ...more], { json }) {
    if (host === undefined || host === "" || more.length)
      throw new UsageError("adopt takes one host, and one directory");
    if (json && directory !== undefined) throw new UsageError("adopt --json prints, and writes to no directory");
    const { config, notice } = await stackConfig(process.cwd());
    const [{ lookAt }, { resolveHost }] = await Promise.all([
      import("../provider/host/look.ts"),
      import("../provider/host/resolve.ts"),
    ]);
    try {
      const found = survey(parsePicture(await lookAt(resolveHost(host, config)), host));
      const [program, importFile] = [programText(host, found), importText(host, found)];
      const left = found.left.map((text) => `left as it is: ${escapeControls(text.replace(/[\t\r\n]+/g, " "))}`);
      const said = [...(notice === undefined ? [] : [notice]), ...left];
      const told = said.length ? { notice: said.join("\n") } : {};
      if (json) {
        const text = JSON.stringify(
          { schema: 1, program, importFile: JSON.parse(importFile), left: found.left },
          undefined,
          2,
        );
        return { text: `${text}\n`, exitCode: 0, ...told };
      }
      if (directory === undefined) return { text: program, exitCode: 0, ...told };
      return { ...(await written(directory, { "index.ts": program, "import.json": importFile })), ...told };
    } catch (error) {
      if (!(error instanceof KvmnetError)) throw error;
      return { text: "", notice: `${host}: ${error.message}`, exitCode: 2 };
    }
  },
};

/** Writes files that are not there yet, all or none. */
async function written(directory: string, files: Readonly<Record<string, string>>): Promise<Outcome> {
  const paths = Object.keys(files).map((name) => join(directory, name));
  const taken = paths.find((path) => existsSync(path));
  if (taken !== undefined) {
    throw new UsageError(`${taken} is there already, and nothing is overwritten. Name another directory`);
  }
  await mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text, { flag: "wx" });
  return { text: `${paths.join("\n")}\n`, exitCode: 0 };
}
