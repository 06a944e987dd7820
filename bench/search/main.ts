// Benchmark of Stage 2's search methods on simulated machines: how often the chosen cell is within 5 % of the best, in what part of
// the time that `fixed` takes, and how often the default is replaced.
// Run: npm run bench:search -- [--searches 400] [--worlds bench,knob] [--check]
import { parseArgs } from "node:util";
import { METHODS } from "../../worker/core/search/methods.ts";
import { doubt } from "../../worker/core/search/search-doubt.ts";
import type { SearchMethod } from "../../worker/core/search/search.ts";
import { DEMANDS, DRIFTS, missed } from "./demand.ts";
import { lineOf, type Line } from "./lines.ts";
import { WORLD_NAMES, type WorldName } from "./worlds.ts";

/** Doubt is measured before `--method` offers it. */
const COMPARED: readonly SearchMethod[] = [doubt, ...METHODS];

const { values: asked } = parseArgs({
  options: {
    searches: { type: "string" },
    worlds: { type: "string", default: WORLD_NAMES.join(",") },
    check: { type: "boolean", default: false },
  },
});

if (asked.check) check(countOf(asked.searches, 100));
else table(countOf(asked.searches, 400), worldsOf(asked.worlds));

function countOf(text: string | undefined, otherwise: number): number {
  const count = Number(text ?? otherwise);
  if (Number.isInteger(count) && count >= 1 && count <= 100_000) return count;
  throw new RangeError(`--searches ${text}: a whole number from 1 to 100,000 is wanted`);
}

function worldsOf(text: string): WorldName[] {
  return text.split(",").map((name) => {
    const world = WORLD_NAMES.find((one) => one === name);
    if (world === undefined) throw new RangeError(`--worlds ${name}: there are ${WORLD_NAMES.join(", ")}`);
    return world;
  });
}

function table(searches: number, worlds: WorldName[]): void {
  console.log(`12 cells, CV 5 %, ${searches} searches a line; time as part of fixed's`);
  console.log("world   drift  method  right  time   p90   starts  requests  replaced  loss %  left off %");
  for (const world of worlds)
    for (const drift of DRIFTS)
      for (const method of COMPARED)
        console.log(rowOf(world, drift, method.name, lineOf(method, world, drift, searches)));
}

function rowOf(world: WorldName, drift: number, method: string, line: Line): string {
  return [
    world.padEnd(7),
    `${100 * drift}`.padStart(5),
    ` ${method.padEnd(7)}`,
    line.right.toFixed(3),
    ` ${line.time.toFixed(3)}`,
    ` ${line.time90.toFixed(2)}`,
    line.starts.toFixed(1).padStart(7),
    line.requests.toFixed(1).padStart(9),
    line.replaced.toFixed(3).padStart(9),
    (100 * line.loss).toFixed(1).padStart(7),
    (100 * line.left).toFixed(0).padStart(11),
  ].join(" ");
}

function check(searches: number): void {
  const lines = DEMANDS.flatMap((demand) =>
    ([0, 1, 2] as const).flatMap((place) => {
      const line = lineOf(doubt, demand.world, DRIFTS[place], searches);
      console.log(rowOf(demand.world, DRIFTS[place], doubt.name, line));
      return missed(demand, place, line);
    }),
  );
  for (const line of lines) console.error(`✗ ${line}`);
  console.log(
    `${searches} searches a line, two standard errors let pass: ${lines.length === 0 ? "all reached" : "not reached"}`,
  );
  process.exitCode = lines.length === 0 ? 0 : 1;
}
