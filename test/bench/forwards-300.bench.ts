import { costOfChange } from "./change/benchmark.ts";
import { command } from "./change/noted.ts";
import { forwards } from "./change/programs.ts";

export default costOfChange({
  ...{ title: "300 forwards", program: forwards(300), count: 300, depth: 1 },
  links: [
    { ms: 50, rounds: 1 },
    { ms: 0, rounds: 1 },
    { ms: 200, rounds: 1 },
  ],
  noted: command(300),
});
