/**
 * Keeps errors from noting where they were made, until what it returns is called; an error that was thrown meanwhile, if given,
 * notes it then.
 *
 * For the making of a resource: the SDK makes four promises for each of its properties, and an error for the trace of each, which
 * only `PULUMI_DEBUG_PROMISE_LEAKS` ever prints. With the source maps that the SDK has traces read it is almost a quarter of what a program of
 * thirty resources does. Where in the program a resource stands the SDK finds out by a trace that has its own limit.
 */
export function pauseTraces(): (thrown?: unknown) => void {
  const { stackTraceLimit } = Error;
  const wanted = process.env.PULUMI_DEBUG_PROMISE_LEAKS;
  if (!wanted) Error.stackTraceLimit = 0;
  return (thrown) => {
    Error.stackTraceLimit = stackTraceLimit;
    // With traces wanted it has its own, which begins where it was thrown.
    if (!wanted && thrown instanceof Error) Error.captureStackTrace(thrown);
  };
}
