import { costOfChange } from "./change/benchmark.ts";
import { command } from "./change/noted.ts";
import { forwards } from "./change/programs.ts";

export default costOfChange({
  ...{ title: "30 forwards", program: forwards(30), count: 30, depth: 1 },
  ...{ roundTripsMs: [0, 50, 200], rounds: 3, mostTurns: 40 },
  noted: command(30),
});
