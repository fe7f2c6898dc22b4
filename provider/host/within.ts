import type { KvmnetError } from "../model/error.ts";

/** Waits for work until the deadline (milliseconds, as `Date.now` has them) and no longer; the work itself goes on. */
export async function within<T>(deadline: number, work: Promise<T>, error: () => KvmnetError): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), Math.max(0, deadline - Date.now()));
  });
  work.catch(() => {});
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
