import { Connection } from "../../../provider/host/connection.ts";
import { resolveHost } from "../../../provider/host/resolve.ts";
import type { Testbed } from "../../lab/testbed.ts";
import type { Meter } from "./meter.ts";

/** Bytes that our client sends until it is logged in: what each connection sends whatever it is for. */
export async function loginBytes(testbed: Testbed, { proxy }: Meter): Promise<number> {
  process.env.KVMNET_SSH_CONFIG = testbed.sshConfig;
  proxy.reset();
  const connection = await Connection.open(resolveHost("slow"), AbortSignal.timeout(30_000));
  const { bytesUp } = proxy.counts;
  connection.close();
  return bytesUp;
}
