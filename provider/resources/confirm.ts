import { z } from "zod";

/** Seconds to confirm in, for a resource whose change can cut the path to its host, unless the user says otherwise. */
export const CONFIRM_SECONDS = 60;

/** Within this time a change must be confirmed over a new connection, or the host undoes it. */
export const confirmTimeoutSeconds = z
  .number()
  .int()
  .min(10, { error: "is too short to connect again; use 10 to 600 seconds." })
  .max(600, { error: "leaves the host cut off for too long; use 10 to 600 seconds." })
  .optional()
  .describe(`Seconds after which the host undoes the change unless it is confirmed. Default: ${CONFIRM_SECONDS}.`);
