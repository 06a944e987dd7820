// One Mac of the chaos test: a live provider with KeepAlive and watchdog, a run that drains it, a kill at a random moment.
import { setTimeout as delay } from "node:timers/promises";
import { activeRow, guardPids } from "../support/worlds/active-run.ts";
import { createDrainWorld, type DrainWorld, type Problem } from "../support/worlds/drain-world.ts";
import { alive } from "../support/worlds/live-world.ts";
import { type Started, until } from "../support/worlds/program.ts";
import { MODEL, plantModels } from "../support/worlds/short-tune.ts";

export interface Kill {
  way: string;
  /** Phase of the run when it was hit. */
  phase: string;
  /** Way, phase and moment, for people. */
  how: string;
  problems: Problem[];
  /** ms from the kill until the provider answered; null if it was answering. */
  returnMs: number | null;
}

export interface ChaosWorld {
  /**
   * Start a run, kill it at a random moment, look at what is left.
   * @param full see that a whole run works afterwards, too
   * @returns null if the run was over before
   */
  killOnce(full: boolean): Promise<Kill | null>;
  close(): Promise<void>;
}

export async function openChaosWorld(seed: number): Promise<ChaosWorld> {
  const world = await createDrainWorld();
  await world.watch();
  // Every phase in about a second.
  plantModels(world, { [MODEL]: { loadMs: 80, ttftMs: 40, interTokenMs: 2 } });
  const random = randomFrom(seed);
  let lastsMs = await completeRun(world);
  return {
    async killOnce(full) {
      const kill = await killOnce(world, random, lastsMs);
      if (kill !== null && full) lastsMs = await completeRun(world).catch((error: unknown) => complain(kill, error));
      return kill;
    },
    close: () => world.close(),
  };
}

function complain(kill: Kill, error: unknown): number {
  kill.problems.push({ kind: "torn", what: `the next run: ${String(error)}` });
  return 3000;
}

/** @returns how long it took, ms. @throws Error if it did not end well */
async function completeRun(world: DrainWorld): Promise<number> {
  const startedAt = performance.now();
  const { code, stderr } = await world.start(world.drainArgs()).finished;
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  await world.expectAsBefore();
  return performance.now() - startedAt;
}

async function killOnce(world: DrainWorld, random: () => number, lastsMs: number): Promise<Kill | null> {
  const run = world.start(world.drainArgs(), {}, { detached: true });
  const afterMs = random() * lastsMs;
  const way = chooseWay(random());
  const ended = await Promise.race([run.finished, delay(afterMs, null)]);
  const phase = activeRow(world)?.phase ?? "none";
  if (ended !== null || !alive(run.pid)) return null;
  const killedAt = performance.now();
  const returned = watchReturn(world, killedAt);
  await hit(world, run, way, random);
  const problems = await lookAround(world, way);
  returned.stop();
  const how = `${way} in phase ${phase} after ${Math.round(afterMs)} of ${Math.round(lastsMs)} ms`;
  return { way, phase, how, problems, returnMs: returned.afterMs() };
}

type Way = "SIGKILL" | "SIGKILL with guard" | "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGTERM then SIGKILL";

function chooseWay(share: number): Way {
  if (share < 0.7) return "SIGKILL";
  if (share < 0.8) return "SIGKILL with guard";
  if (share < 0.85) return "SIGINT";
  if (share < 0.9) return "SIGTERM";
  return share < 0.95 ? "SIGHUP" : "SIGTERM then SIGKILL";
}

/** Do it, and wait until everyone concerned is gone. */
async function hit(world: DrainWorld, run: Started, way: Way, random: () => number): Promise<void> {
  if (way === "SIGKILL with guard") for (const pid of guardPids(world)) process.kill(pid, "SIGKILL");
  const signal = way.startsWith("SIGKILL") ? "SIGKILL" : (way.split(" ")[0] as NodeJS.Signals);
  process.kill(run.pid, signal);
  if (way === "SIGTERM then SIGKILL") {
    await Promise.race([run.finished, delay(random() * 1000)]);
    if (alive(run.pid)) process.kill(run.pid, "SIGKILL");
  }
  await run.finished;
  for (const guard of guardPids(world)) await until(`guard ${guard} ends`, () => !alive(guard), 120_000);
}

/** The next command sees to what nobody else could; then all must be as before. */
async function lookAround(world: DrainWorld, way: Way): Promise<Problem[]> {
  const early = way === "SIGKILL with guard" ? [] : await world.problems().catch(() => []);
  const { code, stderr } = await world.run(["status", "--json"]);
  const late = await world.problems();
  const status: Problem[] = code === 0 ? [] : [{ kind: "torn", what: `status ended with ${code}: ${stderr}` }];
  // A run that never had a guard leaves nothing drained, but its row is closed by the next command.
  return [...early.filter((one) => one.kind === "drained"), ...late, ...status];
}

/** Note when the provider answers again, if it does not. */
function watchReturn(world: DrainWorld, since: number) {
  let wasAway = false;
  let backMs: number | null = null;
  const timer = setInterval(() => {
    void world.isLive().then((live) => {
      if (!live) [wasAway, backMs] = [true, null];
      else if (wasAway) backMs ??= performance.now() - since;
    });
  }, 200);
  return { afterMs: () => backMs, stop: () => clearInterval(timer) };
}

/** Mulberry32: the same moments for the same seed, as far as a busy machine allows. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
