import { z } from "zod";

/** An argument that is planned but not built: using it is an error that says so, never silently nothing. */
export const pending = z.never({ error: "is not built yet in this version of pulumi-kvmnet. Leave it out" }).optional();
