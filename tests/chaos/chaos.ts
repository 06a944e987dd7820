// Kills a draining run at random moments, again and again, and looks at what is left: `npm run chaos -- --kills 200 --seed 1`.
// Prints kills, drained, orphans and torn; ends with 1 unless the last three are zero. With --barriers: barriers.ts.
// Source: contract §5; §16 case 10.
import { cpSync, mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ChaosWorld, Kill } from "./chaos-world.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    /** Macs side by side; each is idle most of the time. */
    worlds: { type: "string", default: String(2 * availableParallelism()) },
    /** Instead of random moments: once on either side of every step that the sources name. */
    barriers: { type: "boolean", default: false },
    /** Of the barriers only those of these scenarios, by a comma, and of steps whose name holds this. */
    scenarios: { type: "string" },
    step: { type: "string", default: "" },
    /** Of each step and command one barrier, as the integration runs it. */
    sample: { type: "boolean", default: false },
  },
});
const kills = Number(values.kills);
const worlds = Math.max(1, Math.min(Number(values.worlds), kills));

// A copy, so that a build in the middle changes nothing.
const folder = mkdtempSync(join(tmpdir(), "chaos-"));
cpSync("assets/worker", folder, { recursive: true });
process.env["PROGRAM_UNDER_TEST"] = join(folder, "cli.cjs");
if (values.barriers) {
  const { killAtBarriers } = await import("./barriers.ts");
  const well = await killAtBarriers(Number(values.worlds), {
    scenarios: values.scenarios?.split(",") ?? [],
    step: values.step,
    sample: values.sample,
  });
  removeFolder(folder);
  process.exit(well ? 0 : 1);
}
const { openChaosWorld } = await import("./chaos-world.ts");

const startedAt = performance.now();
const all: Kill[] = [];
const failures: unknown[] = [];
const work = (index: number) => onOneMac(index).catch((error: unknown) => failures.push(error));
await Promise.all(Array.from({ length: worlds }, (_, index) => work(index)));
removeFolder(folder);
report();

/** Kill on one Mac until all of them together have enough. @throws Error if a whole run fails or processes are left */
async function onOneMac(index: number): Promise<void> {
  const world: ChaosWorld = await openChaosWorld(Number(values.seed) * 1000 + index);
  try {
    while (all.length < kills) {
      const kill = await world.killOnce(all.length % 20 === 19);
      if (kill === null) continue; // the run was over before the moment came
      all.push(kill);
      for (const { kind, what } of kill.problems) console.error(`${kind} after ${kill.how}: ${what}`);
      if (all.length % 50 === 0) console.error(`${all.length} kills, ${seconds()} s`);
    }
  } finally {
    await world.close();
  }
}

function report(): void {
  const count = (kind: string) => all.filter((kill) => kill.problems.some((one) => one.kind === kind)).length;
  const phases = Object.entries(Object.groupBy(all, (kill) => kill.phase)).map(
    ([phase, of]) => `${phase} ${of?.length}`,
  );
  const ways = Object.entries(Object.groupBy(all, (kill) => kill.way)).map(([way, of]) => `${way} ${of?.length}`);
  const returns = all.flatMap((kill) => kill.returnMs ?? []).sort((a, b) => a - b);
  console.log(`kills ${all.length}`);
  console.log(`drained ${count("drained")}`);
  console.log(`orphans ${count("orphan")}`);
  console.log(`torn ${count("torn")}`);
  console.log(`in ${seconds()} s with seed ${values.seed}; ${ways.join(", ")}; in phase ${phases.join(", ")}`);
  const [median = 0, last = 0] = [returns[Math.floor(returns.length / 2)], returns.at(-1)];
  console.log(`provider back after ${(median / 1000).toFixed(1)} s median, ${(last / 1000).toFixed(1)} s at most`);
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 || all.some((kill) => kill.problems.length > 0) ? 1 : 0;
}

function seconds(): number {
  return Math.round((performance.now() - startedAt) / 1000);
}
