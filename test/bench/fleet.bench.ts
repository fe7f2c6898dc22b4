import { fleetOf } from "./fleet/benchmark.ts";

export default fleetOf(50);
