// Watches a run of a test's world from outside: its row, its phase, its candidate's requests, its guard.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { until, type Finished, type Started, type World } from "./program.ts";

export interface ActiveRow {
  run_id: string;
  pid: number;
  phase: string;
  stage: number;
  candidate: string | null;
  cell: string | null;
  share: number | null;
  eta_seconds: number | null;
  heartbeat_utc: string;
  candidate_pid: number | null;
  candidate_started_at: string | null;
}

/** The active place, or null; also before there is a database. */
export function activeRow(world: World): ActiveRow | null {
  if (!existsSync(world.dbPath)) return null;
  try {
    return world.rows<ActiveRow>("SELECT * FROM tune_active")[0] ?? null;
  } catch (error) {
    if (/no such table|locked/.test(String(error))) return null; // it is being created
    throw error;
  }
}

/** Wait for the active run to be in a phase. */
export const atPhase = (world: World, phase: string, stage?: 1 | 2): Promise<ActiveRow> =>
  until(`phase ${phase}`, () => {
    const row = activeRow(world);
    return row?.phase === phase && (stage === undefined || row.stage === stage) ? row : null;
  });

/** Wait until the fake provider has taken the first request of a replicate (warm-ups do not count) from the n-th start on. */
export const atReplicate = (world: World, nthStart = 1) =>
  until(`a replicate after start ${nthStart}`, () => {
    const starts = world.provider.noted("start").map((start) => start.pid);
    const asked = world.provider.noted("request").filter((request) => request["replicate"] !== null);
    return asked.some((request) => starts.indexOf(request.pid) >= nthStart - 1);
  });

/** The guard process of the world's active run. */
export function guardPids(world: Pick<World, "dbPath">): number[] {
  const lines = execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line.includes(` guard --db-path ${world.dbPath}`))
    .map((line) => Number.parseInt(line, 10));
}

/**
 * Kill a worker and its guard as a crash of everything would, so that the next command finds what they left. The worker stands
 * still meanwhile: it would start another guard.
 */
export function killWithoutWarning(world: World, { process: worker }: Started): void {
  worker.kill("SIGSTOP");
  for (const guard of guardPids(world)) process.kill(guard, "SIGKILL");
  worker.kill("SIGKILL");
}

/** Files below the home whose name ends so; links are not followed. */
export function filesEnding(world: World, ending: string): string[] {
  return readdirSync(world.home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
}

export const resultOf = (finished: Finished): RunResult => JSON.parse(finished.stdout) as RunResult;
