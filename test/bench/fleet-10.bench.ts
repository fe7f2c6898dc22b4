import { fleetOf } from "./fleet/benchmark.ts";

/** The quick form. */
export default fleetOf(10);
