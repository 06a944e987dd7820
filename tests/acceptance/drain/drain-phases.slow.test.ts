// Contract §16 case 10: whatever a draining run is doing when it is told to stop, or when it dies, the provider comes back, nothing
// is left and the next run works.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { RunResult } from "../../../worker/core/result/recipe.ts";
import { activeRow, atPhase, atReplicate, guardPids, killWithoutWarning } from "../../support/worlds/active-run.ts";
import { type DrainWorld, LABEL, onMac } from "../../support/worlds/drain-world.ts";
import type { Behaviour } from "../../support/servers/fake-provider.ts";
import { alive, eventually, slowness } from "../../support/worlds/live-world.ts";
import { PROGRAM, type Started, until } from "../../support/worlds/program.ts";
import { MODEL, plantModels } from "../../support/worlds/short-tune.ts";

const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

interface Phase {
  name: string;
  behaviour: Behaviour;
  /** What the live provider is like. */
  live?: Record<string, string>;
  prepare?: (world: DrainWorld) => void;
  /** Wait for it; a test that is too slow to see it must not wait for ever, nor find the run at its end where that can be helped. */
  there: (world: DrainWorld, run: Started) => Promise<unknown>;
}

const QUICK: Behaviour = {};
const SILENT: Behaviour = { answer: "silence", answerFor: "replicates" };
const PHASES: Phase[] = [
  {
    name: "draining, while launchctl has not answered",
    behaviour: SILENT,
    prepare: (world) => world.mac.configure({ slowMs: { bootout: 1500 } }),
    there: (world) => until("an intent", () => journalOf(world).length > 0),
  },
  {
    name: "draining, while the provider takes its time to end",
    behaviour: SILENT,
    live: { LIVE_PROVIDER_TERM_MS: "1500" },
    there: (world) =>
      until(
        "a bootout",
        () =>
          world.mac.calls().some((call) => call.words[0] === "bootout") ||
          journalOf(world).some((row) => row.name.endsWith(LABEL) && row.state === "intended"),
      ),
  },
  {
    name: "loading",
    behaviour: { hangLoad: true },
    there: (world) => until("a start", () => world.provider.noted("start").length > 0),
  },
  {
    name: "warming up",
    behaviour: { answer: "silence" },
    there: (world) => until("a request", () => world.provider.noted("request").length > 0),
  },
  { name: "prefilling", behaviour: SILENT, there: (world) => atReplicate(world) },
  { name: "decoding", behaviour: { tps: 1 }, there: (world) => atPhase(world, "decoding") },
  {
    name: "between cells, while a candidate takes its time to end",
    behaviour: { ignoreSigtermMs: 1500 },
    there: (world) => until("a SIGTERM to a candidate", () => world.provider.noted("signal").length > 0),
  },
  {
    name: "restoring, while launchctl has not answered",
    behaviour: QUICK,
    prepare: (world) => world.mac.configure({ slowMs: { bootstrap: 1500 } }),
    there: (world, run) =>
      until("restoring", () => activeRow(world)?.phase === "restoring" || run.process.exitCode !== null),
  },
  {
    name: "restoring, while the provider loads its model",
    behaviour: QUICK,
    live: { LIVE_PROVIDER_LOAD_MS: "2500" },
    there: (world) =>
      until("a bootstrap", () => world.mac.calls().filter((call) => call.words[0] === "bootstrap").length > 2),
  },
];

function journalOf(world: DrainWorld) {
  try {
    return existsSync(world.dbPath) ? world.journal() : [];
  } catch {
    return []; // the database is being created
  }
}

/** Run until the phase is there, do something to it, and see that all is as before and a next run works. */
function inPhase(phase: Phase, act: (world: DrainWorld, run: Started) => Promise<void>): Promise<void> {
  const agent = phase.live === undefined ? {} : { env: phase.live };
  return onMac(async (world) => {
    await world.watch();
    plantModels(world, { [MODEL]: phase.behaviour });
    phase.prepare?.(world);
    const run = world.start(world.drainArgs(), {}, { detached: true });
    await phase.there(world, run).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${run.stderr()}`);
    });
    await act(world, run);
    await world.expectAsBefore();
    world.mac.configure({ slowMs: {} });
    plantModels(world, { [MODEL]: {} });
    const next = await world.start(world.drainArgs()).finished;
    expect([next.code, next.code === 0 ? "" : next.stderr]).toEqual([0, ""]);
    await world.expectAsBefore();
  }, agent);
}

/** The exit code of a signal, or that of a run which had its result already. */
async function endedBy(run: Started, signal: keyof typeof CODES): Promise<void> {
  const finished = await run.finished;
  const result = JSON.parse(finished.stdout) as RunResult;
  if (result.exit_reason !== "ok") {
    expect([finished.code, result.exit_reason]).toEqual([CODES[signal], "interrupted"]);
    expect(result.detail).toBe(`stopped by ${signal}`);
  } else expect(finished.code).toBe(0);
}

describe.each(PHASES)("$name", (phase) => {
  test.concurrent.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s", (signal) =>
    inPhase(phase, async (_world, run) => {
      run.process.kill(signal);
      await endedBy(run, signal);
    }),
  );

  test.concurrent("two signals in a row", () =>
    inPhase(phase, async (_world, run) => {
      run.process.kill("SIGTERM");
      await new Promise((resolve) => setTimeout(resolve, 1100)); // sooner, they count as one
      run.process.kill("SIGINT");
      await endedBy(run, "SIGTERM");
    }),
  );

  test.concurrent("SIGKILL of the worker: back within 15 s", () =>
    inPhase(phase, async (world, run) => {
      run.process.kill("SIGKILL");
      await run.finished;
      await eventually("the provider answers", () => world.isLive(), 15_000 * slowness());
      for (const guard of guardPids(world)) await until("the guard ends", () => !alive(guard), 60_000);
    }),
  );

  test.concurrent("SIGKILL of worker and guard: the next command brings it back", () =>
    inPhase(phase, async (world, run) => {
      killWithoutWarning(world, run);
      await run.finished;
      for (const guard of guardPids(world))
        await until("a guard that was just started ends", () => !alive(guard), 60_000);
      expect((await world.run(["status"])).code).toBe(0);
    }),
  );
});

test.concurrent("the run outlives whoever started it, and ends as its terminal does", () =>
  onMac(async (world) => {
    plantModels(world, { [MODEL]: SILENT });
    // A shell that is the parent of the run and leader of its session.
    const words = [process.execPath, PROGRAM, ...world.drainArgs()].map((word) => `'${word}'`).join(" ");
    const shell = spawn("/bin/sh", ["-c", `${words}; true`], {
      detached: true,
      stdio: "ignore",
      env: world.env,
      cwd: world.home,
    });
    await atReplicate(world);
    const worker = activeRow(world)?.pid ?? 0;
    process.kill(shell.pid ?? 0, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(alive(worker)).toBe(true); // its parent's death is no reason to stop
    process.kill(worker, "SIGHUP"); // as the closing terminal sends
    await until("the run ends", () => !alive(worker));
    await world.expectAsBefore();
  }),
);

const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

(HAS_PYTHON ? test.concurrent : test.skip)(
  "the window is closed: the run ends by SIGHUP and the provider comes back",
  () =>
    onMac(async (world) => {
      plantModels(world, { [MODEL]: SILENT });
      const words = [resolve("tests/support/on-terminal.py"), "80", process.execPath, PROGRAM, ...world.drainArgs()];
      const window = spawn("python3", words, { env: world.env, cwd: world.home, stdio: ["pipe", "ignore", "ignore"] });
      const closed = once(window, "close");
      await atReplicate(world);
      window.stdin.end();
      expect(await closed).toEqual([CODES.SIGHUP, null]);
      expect(world.rows("SELECT exit_reason, exit_detail FROM tune_runs")).toEqual([
        { exit_reason: "interrupted", exit_detail: "stopped by SIGHUP" },
      ]);
      await world.expectAsBefore();
    }),
);
