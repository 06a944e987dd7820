// Macs whose live provider a run drains: stopped in the run, in its guard, in `restore`.
import { setTimeout as delay } from "node:timers/promises";
import { guardPids } from "../support/worlds/active-run.ts";
import { createDrainWorld, type DrainWorld, type Problem } from "../support/worlds/drain-world.ts";
import type { AgentOptions } from "../support/worlds/launchd-harness.ts";
import { MODEL, plantModels } from "../support/worlds/short-tune.ts";
import type { Behaviour } from "../support/servers/fake-provider.ts";
import { differences, modelOf, rowTruth, toldTruth, type RowBefore } from "./drain-model.ts";
import { readLines, type Barrier, type Passed, type Stage } from "./stage.ts";

export interface DrainPlay {
  /** Of the live provider; null = it is none of launchd's. */
  agent?: Partial<AgentOptions> | null;
  always?: readonly string[];
  /** Where a run is killed with its guard before the command that is played; none = the run is the command. */
  killedAt?: string;
  behaviour?: Behaviour;
  /** Once, before the first play. */
  setUp?(world: DrainWorld): Promise<void> | void;
  /** Before each play. */
  eachTime?(world: DrainWorld): Promise<void> | void;
  meanwhile?(world: DrainWorld, line: Passed): Promise<void> | void;
  /** Flags of the run. */
  flags?: Record<string, string | true>;
  /** The command that is played, if neither a run nor `restore`. */
  command?: (world: DrainWorld) => string[];
  /** How many runs it leaves; all. */
  keeps?: number;
  /** How an unkilled run ends; "ok". */
  endsAs?: string;
  /** What launchd is made to do is not what the steps say: only the end is looked at. */
  endOnly?: boolean;
}

/** Every phase in a blink. */
const QUICK: Behaviour = { loadMs: 40, ttftMs: 10, interTokenMs: 1 };

export async function openDrainStage(options: DrainPlay): Promise<Stage> {
  const { agent = {}, killedAt, flags = {} } = options;
  const world = await createDrainWorld(agent);
  if (agent !== null && options.endOnly !== true) await world.watch();
  plantModels(world, { [MODEL]: { ...QUICK, ...options.behaviour } });
  // Tables first: where a database begins is stopped elsewhere.
  await world.run(["runs"]);
  await options.setUp?.(world);
  let [count, since, told]: [number, number, number] = [0, 0, 0];
  let before = modelOf([]);
  const usual = killedAt === undefined ? world.drainArgs(flags) : ["restore", "--json"];
  return {
    ...{ home: world.home, dbPath: world.dbPath, always: options.always ?? [] },
    prepare: async () => {
      await options.eachTime?.(world);
      [count, since] = countOf(world);
      before = killedAt === undefined ? modelOf([]) : modelOf(await killRun(world, killedAt, flags));
      if (killedAt !== undefined) count += 1;
      told = world.notifications().length;
    },
    start: (env) => world.start(options.command?.(world) ?? usual, env),
    meanwhile: (line) => options.meanwhile?.(world, line),
    look: (lines) => (options.endOnly === true ? [] : differences(world, modelOf(lines, before), since)),
    complete: async (lines, barrier) => [
      ...(await complete(world, lines, barrier, {
        count,
        endsAs: options.endsAs ?? "ok",
        keeps: options.keeps ?? Infinity,
      })),
      ...(killedAt === undefined ? toldTruth(lines, world.notifications().length - told) : []),
    ],
    close: async () => {
      for (const pid of foreground(world)) process.kill(pid, "SIGKILL");
      await world.close();
    },
  };
}

/** @returns the steps of a run that was killed together with its guard */
async function killRun(world: DrainWorld, at: string, flags: Record<string, string | true>): Promise<Passed[]> {
  const file = `${world.home}/steps-before-${performance.now()}`;
  const env = { MLX_AUTOTUNE_TEST_STEPS: file, MLX_AUTOTUNE_TEST_BARRIERS: `stop ${at}` };
  const run = world.start(world.drainArgs(flags), env);
  const lines = () => readLines(file);
  const isThere = () => lines().some(({ role, side, name, times }) => `${role} ${side} ${name} ${times}` === at);
  while (!isThere()) await delay(20);
  for (const guard of guardPids(world)) process.kill(guard, "SIGKILL");
  run.process.kill("SIGKILL");
  await run.finished;
  return lines();
}

function countOf(world: DrainWorld): [runs: number, lastDrain: number] {
  try {
    const [{ runs = 0, drain = 0 } = {}] = world.rows<{ runs: number; drain: number | null }>(
      "SELECT (SELECT count(*) FROM tune_runs) AS runs, (SELECT max(id) FROM drain_journal) AS drain",
    );
    return [runs, drain ?? 0];
  } catch {
    return [0, 0]; // there is no database yet
  }
}

/** Pids of a live provider that is none of launchd's. */
const foreground = (world: DrainWorld): number[] =>
  world.plist === "" ? world.processes(`serve --port ${world.livePort}`) : [];

/** The guard has been, if it lives; the next command sees to what nobody else could; then all must be as before. */
async function complete(
  world: DrainWorld,
  lines: readonly Passed[],
  barrier: Barrier | null,
  row: RowBefore,
): Promise<Problem[]> {
  const guarded = barrier !== null && !barrier.withGuard && barrier.role === "run";
  const early = guarded && lines.some(({ role }) => role === "guard") ? await world.problems() : [];
  // In turn, as each of them must do.
  const next =
    [
      ["status", "--json"],
      ["restore", "--json"],
    ][lines.length % 2] ?? [];
  const { code, stderr } = await world.run(next);
  const failed: Problem[] = code === 0 ? [] : [{ kind: "torn", what: `${next[0]} ended with ${code}: ${stderr}` }];
  const away: Problem[] = (await world.isLive())
    ? []
    : [{ kind: "drained", what: "the live provider does not answer" }];
  const late = [...(await world.problems()), ...(world.plist === "" ? away : [])];
  // A guard that dies before it watches is none: then nothing is drained, and the run says so.
  const unguarded = barrier?.name === "guard.watch" && barrier.side === "before";
  const hasRun = lines.some(({ role }) => role === "run");
  return [
    ...early.filter(({ kind }) => kind !== "torn"),
    ...failed,
    ...late,
    ...(hasRun ? rowTruth(world, lines, unguarded ? { ...row, endsAs: "internal_error" } : row) : []),
  ];
}
