// The detached worker and the commands that steer it: contract §3 (--detach, status, cancel, busy) and §11 (one active run).
import { spawn } from "node:child_process";
import { expect, test } from "@jest/globals";
import { atPhase } from "../../support/worlds/active-run.ts";
import { alive } from "../../support/worlds/live-world.ts";
import { PROGRAM, until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
/** The first load takes so long that other commands can start meanwhile, on a busy machine, too. */
const slow = (loadMs: number) => ({ knobs: [{ when: { max_batch: null }, loadMs }] });

const detachArgs = (world: World, changes: Record<string, string | true> = {}) => [
  ...world.tuneArgs(shortTune(changes)),
  "--detach",
  "--offline",
];

const exitReason = (world: World, runId: string) =>
  world.rows<{ exit_reason: string | null }>("SELECT exit_reason FROM tune_runs WHERE run_id = ?", runId)[0]
    ?.exit_reason;

test.concurrent("--detach prints the run id alone, once there is a row; status --watch follows it to its end", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: slow(5000) });
    const { code, stdout, stderr } = await world.run(detachArgs(world));
    const runId = stdout.trim();
    expect([code, stdout]).toEqual([0, `${runId}\n`]);
    expect(runId).toMatch(RUN_ID);
    expect(exitReason(world, runId)).toBeNull();
    expect(stderr).toMatch(/status --watch .* cancel .* log: /);
    const watched = await world.run(["status", "--watch"]);
    expect([watched.code, exitReason(world, runId)]).toEqual([0, "ok"]);
    expect(watched.stdout).toContain(`The last one, ${runId}, ended`);
    expect(watched.stderr).toMatch(/(?:\d+ %|Stage 1) · ETA .* · loading · t\/Model-7B/);
    // eslint-disable-next-line no-control-regex -- that is what is looked for
    expect(watched.stderr + stderr).not.toMatch(/[\u001b\r]/);
  }),
);

test.concurrent("--detach --json says more, in one document; status --json tells the active run", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: { hangLoad: true } });
    const { stdout } = await world.run([...detachArgs(world), "--json"]);
    const said = JSON.parse(stdout) as { run_id: string; pid: number; log_path: string };
    expect(said).toEqual({
      run_id: expect.stringMatching(RUN_ID),
      pid: expect.any(Number),
      log_path: expect.any(String),
    });
    await atPhase(world, "loading");
    const status = await world.run(["status", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({
      active: { run_id: said.run_id, pid: said.pid, phase: "loading", stage: 1, candidate: MODEL, target_context: 256 },
      latest: { run_id: said.run_id, state: "active" },
    });
    const cancelled = await world.run(["cancel"]);
    expect([cancelled.code, cancelled.stdout]).toEqual([0, `Run ${said.run_id} has stopped: interrupted.\n`]);
    expect(exitReason(world, said.run_id)).toBe("interrupted");
    expect(world.orphans()).toEqual([]);
    expect(await world.run(["cancel"])).toMatchObject({ code: 0, stdout: "No run is active.\n" });
    await until("the worker's end", () => !alive(said.pid));
  }),
);

test.concurrent("the worker outlives the session that started it", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: slow(1500) });
    const script = ['"$@"; sleep 60', "sh", process.execPath, PROGRAM, ...detachArgs(world)];
    const shell = spawn("sh", ["-c", ...script], {
      detached: true,
      env: world.env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    shell.stdout.setEncoding("utf8").on("data", (part: string) => (said += part));
    await until("the run id", () => said.endsWith("\n"));
    process.kill(-(shell.pid ?? 0), "SIGKILL");
    expect(await until("the run's end", () => exitReason(world, said.trim()))).toBe("ok");
    await until("the place to be free", () => world.rows("SELECT * FROM tune_active").length === 0);
  }),
);

test.concurrent("a refused background run gives the worker's code and message, and no id", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const listen = `require("net").createServer().listen(${world.port}, "127.0.0.1")`;
    const server = spawn(process.execPath, ["-e", listen], { stdio: "ignore" });
    await until("a listener", async () => !(await world.portFree()));
    const conflict = await world.run(detachArgs(world));
    server.kill();
    expect([conflict.code, conflict.stdout]).toEqual([4, ""]);
    expect(conflict.stderr).toContain(String(world.port));
    const knob = await world.run(detachArgs(world, { "prefill-step-size-axis": "512" }));
    expect([knob.code, knob.stdout]).toEqual([2, ""]);
    expect(knob.stderr).toMatch(/--prefill-step-size-axis: .* has no such knob/);
    const flag = await world.run(detachArgs(world, { "max-tokens": "many" }));
    expect([flag.code, flag.stdout]).toEqual([2, ""]);
    expect(flag.stderr).toMatch(/--max-tokens/);
  }),
);

test.concurrent("a second run is refused with 75, names the first and the remedy, and does it no harm", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: slow(10_000) });
    const first = world.start(world.tuneArgs(["--json", ...shortTune()]));
    const { run_id: runId } = await atPhase(world, "loading");
    const [second, third] = await Promise.all(
      [world.tuneArgs(shortTune()), detachArgs(world)].map((args) => world.run(args)),
    );
    if (!second || !third) throw new Error("two were started");
    expect([second.code, second.stdout]).toEqual([75, ""]);
    expect(second.stderr).toMatch(
      new RegExp(`run ${runId} is active.*\\n.*mlx-autotune status --watch.*mlx-autotune cancel`),
    );
    expect([third.code, third.stdout]).toEqual([75, ""]);
    expect(third.stderr).toContain(runId);
    expect((await first.finished).code).toBe(0);
    expect(world.rows("SELECT exit_reason FROM tune_runs")).toEqual([{ exit_reason: "ok" }]);
  }),
);

test.concurrent("of runs started at the same instant exactly one wins", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: slow(6000) });
    const runs = await Promise.all([1, 2, 3].map(() => world.run(world.tuneArgs(shortTune()))));
    expect(runs.map((run) => run.code).sort()).toEqual([0, 75, 75]);
    expect(world.provider.noted("start")).toHaveLength(2);
  }),
);
