/**
 * `npm run bench [-- FILTER …]`: every benchmark, or those whose name is or holds a filter. Keeps their figures in docs/bench.json,
 * where those of benchmarks that were left out stay as they were, and prints them: each benchmark's table when it is done, and all
 * of them in one at the end.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { argv, exit, stdout } from "node:process";
import { checkout } from "../lab/engine/project.ts";
import { say, step } from "../lab/progress.ts";
import setup from "../lab/setup.ts";
import { type Benchmark, type Figure, figure } from "./figure.ts";
import { table } from "./table.ts";

/** What is kept of one benchmark's last run. */
interface Kept {
  title: string;
  /** Day, cores, the machine's load beforehand (what else ran shows in times, not in counts), and how long it took, in seconds. */
  measured: { on: string; cores: number; load: number; seconds: number };
  figures: Figure[];
}

const file = join(checkout, "docs", "bench.json");
const suffix = ".bench.ts";
const filters = argv.slice(2);
const all = readdirSync(import.meta.dirname)
  .filter((entry) => entry.endsWith(suffix))
  .map((entry) => entry.slice(0, -suffix.length))
  .sort();
const names = filters.length ? all.filter((name) => filters.some((filter) => matches(name, filter))) : all;
if (names.length === 0) throw new Error(`no benchmark has one of these in its name: ${filters.join(", ")}`);

await setup();
const kept = read();
const failed: string[] = [];
for (const name of names) {
  try {
    kept[name] = await run(name);
    write(kept);
    stdout.write(`\n${titled(kept[name])}\n`);
  } catch (error) {
    failed.push(name);
    say(`✗ ${name}: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
const done = names.flatMap((name) => (failed.includes(name) ? [] : (kept[name] ?? [])));
if (done.length > 1) stdout.write(`\n${done.map(titled).join("\n")}\n`);
const figures = done.flatMap((each) => each.figures);
const missed = figures.filter(({ met }) => met === false);
stdout.write(`${figures.length} figures, ${missed.length} goals not met, ${failed.length} benchmarks failed\n`);
// A goal that is not met is a result; docs/performance.md says why.
exit(failed.length ? 1 : 0);

/** A whole name means just that one. */
function matches(name: string, filter: string): boolean {
  return all.includes(filter) ? name === filter : name.includes(filter);
}

function titled({ title, measured, figures }: Kept): string {
  return `${title} (${measured.seconds} s)\n\n${table(figures)}\n`;
}

async function run(name: string): Promise<Kept> {
  const { default: benchmark } = (await import(`./${name}${suffix}`)) as { default: Benchmark };
  const command = `npm run bench -- ${name}`;
  const on = new Date().toISOString().slice(0, 10);
  const load = Number((loadavg()[0] ?? 0).toFixed(1));
  const began = performance.now();
  const found = await step(benchmark.title, async (note) => {
    const yielded: Figure[] = [];
    for await (const measured of benchmark.measure(note)) yielded.push(figure(measured, command));
    return yielded;
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  return { title: benchmark.title, measured: { on, cores: availableParallelism(), load, seconds }, figures: found };
}

function read(): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, Kept>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return {};
  }
}

function write(all: Record<string, Kept>): void {
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
