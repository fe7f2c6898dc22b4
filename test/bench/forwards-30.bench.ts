import { costOfChange } from "./change/benchmark.ts";
import { command } from "./change/noted.ts";
import { forwards } from "./change/programs.ts";

export default costOfChange({
  ...{ title: "30 forwards", program: forwards(30), count: 30, depth: 1 },
  // The goals are for 50 ms.
  links: [
    { ms: 50, rounds: 3 },
    { ms: 0, rounds: 1 },
    { ms: 200, rounds: 1 },
  ],
  mostTurns: 40,
  noted: command(30),
});
