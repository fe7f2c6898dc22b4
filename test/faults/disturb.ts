import type { Fault } from "./faults.ts";
import type { Answer, Order } from "./orders.ts";
import type { Extent, Point } from "./points.ts";
import type { Provider } from "./provider.ts";
import { MEETING } from "./runtime.ts";
import type { Target } from "./target.ts";

/**
 * Has the provider obey while it is disturbed at the point, or not at all: then it says where it could have been. A point
 * that the operation did not come to this time has not struck.
 */
export async function disturb(
  { target, provider }: { target: Target; provider: Provider },
  order: Order,
  point?: Point,
): Promise<{ answer: Answer; extent: Extent; struck: boolean }> {
  const atCommand = point?.fault ? point.at : 0;
  await target.exec(`mkdir -p ${MEETING} && cd ${MEETING} && rm -f hit go && mkfifo hit && echo "0 ${atCommand}" > at`);
  if (point?.moment) target.proxy.cutAt(point.at, point.moment);
  else target.proxy.reset();
  const obeyed = provider.tell(order);
  const struck = !point?.fault || (await strikeAt(target, provider, point.fault, obeyed));
  const answer = await obeyed;
  target.proxy.fate = () => "pass";
  const chunks = target.proxy.counts.chunksUp;
  if (struck) await point?.fault?.mend?.(target);
  const { stdout } = await target.exec(`cat ${MEETING}/at 2> /dev/null; rm -rf ${MEETING}`);
  return { answer, struck, extent: { chunks, commands: Number(stdout.split(" ")[0]) } };
}

/** Waits until a runner is at the point, or the operation is over without. */
async function strikeAt(target: Target, provider: Provider, fault: Fault, obeyed: Promise<Answer>): Promise<boolean> {
  const waiting = target.exec(`cat ${MEETING}/hit`, { timeout: 120_000 }).then(({ stdout }) => stdout.trim());
  const over = obeyed.then(() => "");
  const runner = await Promise.race([waiting, over]);
  if (!runner) {
    await target.exec(`timeout 5 sh -c 'echo > ${MEETING}/hit'`, { mayFail: true });
    await waiting;
    return false;
  }
  try {
    await fault.strike({ target, provider, runner });
  } finally {
    await target.exec(`: > ${MEETING}/go`, { mayFail: true });
  }
  return true;
}
