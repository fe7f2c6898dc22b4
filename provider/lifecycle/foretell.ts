import type { Host } from "../host/host.ts";
import { KvmnetError } from "../model/error.ts";
import type { ResourceDefinition } from "../model/resource.ts";
import type { Session } from "./session.ts";

/**
 * How the change of a resource will take effect, as far as its host can tell before it is made. Nothing where the host is not to
 * be asked, or does not answer: the plan holds all the same.
 */
export async function foretold(
  definition: ResourceDefinition,
  args: object,
  host: Host,
  session: Session,
): Promise<string | undefined> {
  const { foretell } = definition;
  if (!foretell || session.isSet("offline")) return undefined;
  try {
    return foretell.says(args, await session.reading(host, foretell.read(args)), host.name);
  } catch (error) {
    if (error instanceof KvmnetError) return undefined;
    throw error;
  }
}
