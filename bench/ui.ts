// What the extension costs its user: bytes of each bundle, ms to the first paint with data over a large database, ms of one launch of the
// menu bar from its module to its rest, ms from the click on Find Best Recipe to the worker's row. Limits are those of the product: over a bundle's it exits 1; times hang on the machine's load,
// so they only count with --strict. Needs a build (dist/).
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { launch, rows, type Paint } from "../tests/raycast-host/index.ts";
import { createFilledWorld, type FilledWorld } from "../tests/raycast/support/filled-world.ts";

const BUNDLE_LIMIT_KB = 300;
const PAINT_LIMIT_MS = 50;
const CLICK_LIMIT_MS = 400;
const MENU_LIMIT_MS = 150;
const DAY_S = 86_400;
const [RUNS, TRIALS, LAUNCHES, CLICKS] = [50, 100, 9, 3];
const DIST = resolve(process.env["MLX_AUTOTUNE_DIST"] ?? "dist");

/** Commands that read the database, and when a paint of theirs shows what is in it. */
const PAINTED: Record<string, (paint: Paint) => boolean> = {
  "tuning-runs": ({ tree }) => rows(tree).length >= RUNS,
  "current-recipe": ({ tree }) => rows(tree).length > 0,
  "autotune-status": ({ tree, isLoading }) => tree !== null && !isLoading && tree.children.length > 0,
};

interface Figure {
  what: string;
  value: number;
  unit: "KB" | "ms";
  limit: number;
  detail: string;
}

const figures: Figure[] = [...bundles()];
const world = createFilledWorld("bench-ui");
try {
  await world.tune();
  await world.fill(RUNS, TRIALS);
  for (const name of Object.keys(PAINTED)) figures.push(await firstPaint(name, world));
  figures.push(await menuLaunch(world));
} finally {
  world.remove();
}
figures.push(await clickToRow());
print(figures);
const isEnforced = ({ unit }: Figure) => unit === "KB" || process.argv.includes("--strict");
process.exitCode = figures.some((figure) => isEnforced(figure) && !(figure.value <= figure.limit)) ? 1 : 0;

function bundles(): Figure[] {
  if (!existsSync(DIST)) throw new Error(`${DIST} is not there: npm run build`);
  const files = [DIST, join(DIST, "tools")]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(".js"))
        .map((name) => join(folder, name)),
    );
  return files.map((file) => ({
    what: `bundle ${file.slice(DIST.length + 1)}`,
    ...{ value: statSync(file).size / 1024, unit: "KB" as const, limit: BUNDLE_LIMIT_KB, detail: "" },
  }));
}

/** Median over launches, each in a fresh process with React's production build. */
async function firstPaint(name: string, { home, env }: FilledWorld): Promise<Figure> {
  const shows = PAINTED[name] ?? (() => true);
  const times: number[] = [];
  const evaluated: number[] = [];
  for (let nth = 0; nth < LAUNCHES; nth++) {
    const app = await launch(name, { dist: DIST, home, env, production: true });
    await app.until(() => app.paints.some(shows), `data in ${name}`);
    const paint = app.paints.find(shows);
    times.push(paint?.sinceRenderMs ?? NaN);
    evaluated.push((paint?.atMs ?? NaN) - (paint?.sinceRenderMs ?? NaN));
    await app.close();
  }
  const detail = `${RUNS} runs x ${TRIALS} trials; ${least(times)} to ${most(times)} ms; module ${median(evaluated).toFixed(0)} ms`;
  return { what: `first paint ${name}`, value: median(times), unit: "ms", limit: PAINT_LIMIT_MS, detail };
}

/** One background launch while no run is active, until Raycast may unload it; and what a day of them comes to. */
async function menuLaunch({ home, env }: FilledWorld): Promise<Figure> {
  const times: number[] = [];
  for (let nth = 0; nth < LAUNCHES; nth++) {
    const options = { dist: DIST, home, env, production: true, launchType: "background" as const };
    const app = await launch("autotune-status", options);
    const atRest = () => app.paints.find(({ tree, isLoading }) => tree !== null && !isLoading);
    await app.until(() => atRest() !== undefined, "rest");
    times.push(atRest()?.atMs ?? NaN);
    await app.close();
  }
  const perDay = DAY_S / menuIntervalS();
  const detail = `${perDay} launches a day: ${((perDay * median(times)) / 1000).toFixed(0)} s; ${least(times)} to ${most(times)} ms`;
  return { what: "menu bar launch, idle", value: median(times), unit: "ms", limit: MENU_LIMIT_MS, detail };
}

/** As the built manifest says. */
function menuIntervalS(): number {
  const text = readFileSync(join(DIST, "package.json"), "utf8");
  const { commands } = JSON.parse(text) as { commands: { name: string; interval?: string }[] };
  const [, count, unit] = /^(\d+)([smhd])$/.exec(commands.find(({ interval }) => interval)?.interval ?? "") ?? [];
  return Number(count) * ({ s: 1, m: 60, h: 3600, d: DAY_S }[unit ?? ""] ?? NaN);
}

/** From pressing the form's button until another process can read the run's row. */
async function clickToRow(): Promise<Figure> {
  const times: number[] = [];
  for (let nth = 0; nth < CLICKS; nth++) {
    const own = createFilledWorld("bench-click");
    try {
      times.push(await oneClick(own));
    } finally {
      await own.worker("cancel").catch(() => "");
      own.remove();
    }
  }
  const detail = `simulated provider; ${least(times)} to ${most(times)} ms`;
  return { what: "click to the worker's row", value: median(times), unit: "ms", limit: CLICK_LIMIT_MS, detail };
}

async function oneClick({ home, env, databasePath }: FilledWorld): Promise<number> {
  const app = await launch("find-best-recipe", { dist: DIST, home, env, production: true, answer: true });
  await app.until((tree) => tree.type === "Form" && tree.children.length > 0, "the form");
  await app.fill({ provider: "simulated" });
  await app.until((tree) => tree.props["isLoading"] !== true, "the plan");
  const clickedAt = performance.now();
  const sent = app.submit();
  while (!hasRun(databasePath)) await delay(2);
  const elapsed = performance.now() - clickedAt;
  await sent;
  await app.close();
  return elapsed;
}

function hasRun(path: string): boolean {
  if (!existsSync(path)) return false;
  const db = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
  try {
    return Number(db.prepare("SELECT count(*) AS n FROM v_runs").get()?.["n"] ?? 0) > 0;
  } catch {
    return false; // the worker is just creating its views
  } finally {
    db.close();
  }
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [upper = NaN, lower = NaN] = [sorted[middle], sorted[middle - 1]];
  return sorted.length % 2 === 1 ? upper : (upper + lower) / 2;
}

function least(values: number[]): string {
  return Math.min(...values).toFixed(0);
}

function most(values: number[]): string {
  return Math.max(...values).toFixed(0);
}

function print(shown: Figure[]): void {
  const lines = shown.map(({ what, value, unit, limit, detail }) => [
    value <= limit ? "ok  " : "OVER",
    what.padEnd(34),
    `${value.toFixed(1).padStart(7)} ${unit}`,
    `limit ${limit} ${unit}`.padEnd(13),
    detail,
  ]);
  console.log(lines.map((line) => line.join("  ").trimEnd()).join("\n"));
}
