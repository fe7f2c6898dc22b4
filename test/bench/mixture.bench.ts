import { costOfChange } from "./change/benchmark.ts";
import { mixture } from "./change/programs.ts";

export default costOfChange({
  ...{ title: "100 mixed resources", program: mixture, count: 100, depth: 3, asksAtPreview: true },
  links: [
    { ms: 50, rounds: 3 },
    { ms: 0, rounds: 1 },
    { ms: 200, rounds: 1 },
  ],
});
