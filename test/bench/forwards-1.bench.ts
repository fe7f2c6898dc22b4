import { costOfChange } from "./change/benchmark.ts";
import { forwards } from "./change/programs.ts";

export default costOfChange({
  ...{ title: "1 forward", program: forwards(1), count: 1, depth: 1 },
  links: [
    { ms: 50, rounds: 3 },
    { ms: 0, rounds: 1 },
    { ms: 200, rounds: 1 },
  ],
});
