import { type Diagnosis, diagnosed, jsonText, plainText, unreached } from "../provider/doctor/diagnosis.ts";
import { examine } from "../provider/doctor/examine.ts";
import { parsePicture } from "../provider/doctor/picture/picture.ts";
import type { StackConfig } from "../provider/host/resolve.ts";
import { KvmnetError } from "../provider/model/error.ts";
import { type Command, UsageError } from "./command.ts";
import { stackConfig } from "./stack-config.ts";

/** `npx kvmnet doctor HOST`: the whole ladder of diagnosis in one go. It changes nothing. */
export const doctor: Command = {
  name: "doctor",
  synopsis: "doctor HOST [--guest DOMAIN] [--json]",
  purpose:
    "say what of a host's guest networks is in order, what is not and how to mend it; exit code 0, 1 or 2 (no answer)",
  options: { guest: { type: "string" }, json: { type: "boolean" } },
  async run([host, ...more], { guest, json }) {
    if (host === undefined || host === "" || more.length) throw new UsageError("doctor takes one host");
    const { config, notice } = await stackConfig(process.cwd());
    const diagnosis = await diagnose(host, config, typeof guest === "string" ? guest : undefined);
    const text = json ? jsonText(diagnosis) : plainText(diagnosis);
    return { text, exitCode: diagnosis.exitCode, ...(notice !== undefined && { notice }) };
  },
};

async function diagnose(host: string, config: StackConfig, guest: string | undefined): Promise<Diagnosis> {
  // Other commands need no SSH, and no Node that is new enough for it.
  const [{ lookAt }, { resolveHost }] = await Promise.all([
    import("../provider/host/look.ts"),
    import("../provider/host/resolve.ts"),
  ]);
  try {
    const facts = await lookAt(resolveHost(host, config));
    return diagnosed(host, examine(parsePicture(facts, host), guest));
  } catch (error) {
    if (error instanceof KvmnetError) return unreached(host, error.message);
    throw error;
  }
}
