// start-tune as an assistant calls it: input in the words of the inputs, what is confirmed, what is refused although it was confirmed,
// and a real run of the simulated provider. Source: contract §3 (limits), §5 (never drain unasked), §14 (AI tools).
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { runTool, type Confirmation, type ConfirmationAnswer } from "../raycast-host/index.ts";
import { activeRow, atPhase } from "../support/worlds/active-run.ts";
import { startLiveInTheWay } from "../support/worlds/live-in-the-way.ts";
import { createWorld, until, type World } from "../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../support/worlds/short-tune.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { mockProblems } from "./support/evals.ts";

let built: BuiltCommands;
let world: World;
beforeAll(async () => {
  built = await buildCommands("start-tune", "get-status");
});
afterAll(() => built.remove());
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

interface Called {
  answer: Record<string, unknown> | undefined;
  confirmation: Confirmation | undefined;
}

/** The settings that the tool has no input for, so that a tune takes a second or two. */
const short = () => ({
  MLX_AUTOTUNE_PORT: String(world.port),
  MLX_AUTOTUNE_KV_BITS_AXIS: "unset",
  MLX_AUTOTUNE_MAX_BATCH_AXIS: "1",
  MLX_AUTOTUNE_MAX_TOKENS: "32",
});

async function call(name: string, input: unknown, confirm: ConfirmationAnswer = true, env = {}): Promise<Called> {
  const surroundings = { ...world.env, ...short(), ...env };
  const { value, confirmation, app } = await runTool(name, input, {
    ...{ dist: built.dist, home: world.home, env: surroundings, confirm },
  });
  expect([app.toasts, app.alerts, app.huds]).toEqual([[], [], []]);
  return { answer: value as Called["answer"], confirmation };
}
const start = (input: object, confirm?: ConfirmationAnswer, env?: object) =>
  call("start-tune", { provider: "simulated", models: ["t/Small-1B"], targetContext: 256, ...input }, confirm, env);
const refusal = (input: object, confirm?: ConfirmationAnswer, env?: object): Promise<string> =>
  start(input, confirm, env).then(
    ({ answer }) => `not refused: ${JSON.stringify(answer)}`,
    (error: unknown) => String(error),
  );
/** A real provider: a simulated run has nothing in its way. */
function real(): { input: object; env: Record<string, string> } {
  const models = [plantModels(world, { [MODEL]: {} })];
  const env = { MLX_AUTOTUNE_PROVIDER_BIN: world.provider.program, MLX_AUTOTUNE_OFFLINE: "true" };
  return { input: { provider: "macprovider", models }, env };
}
const infoOf = ({ confirmation }: Called) =>
  Object.fromEntries((confirmation?.info ?? []).map(({ name, value }) => [name, value]));
const runEnded = () => until("the end of the run", () => world.rows("SELECT 1 FROM v_runs WHERE state = 'ended'")[0]);
const asked = () => {
  throw new Error("it was asked");
};

test("the plan is confirmed, then a worker runs by itself; its row has what was asked for, and get-status sees it", async () => {
  const declined = await start({}, false);
  expect([declined.answer, existsSync(world.dbPath)]).toEqual([undefined, false]);

  const started = await start({ method: "fixed", maxDurationSeconds: 600 });
  expect(started.confirmation).toMatchObject({
    style: "regular",
    message: "Start measuring? The Mac is busy until it ends.",
  });
  expect(infoOf(started)).toMatchObject({
    ...{ Provider: "simulated: measures nothing real", Context: "256 tokens", "Models, in this order": "Small-1B" },
    ...{ "Knob cells": "1, method fixed", "At most": "10 min 00 s", "Live provider": "is left alone" },
  });
  const runId = String(started.answer?.["run_id"]);
  expect(mockProblems("start-tune", [started.answer])).toEqual([]);
  expect(world.rows("SELECT run_id, target_context, candidate_models_json FROM v_runs")).toEqual([
    { run_id: runId, target_context: 256, candidate_models_json: '["t/Small-1B"]' },
  ]);
  expect(existsSync(String(started.answer?.["log_path"]))).toBe(true);
  await runEnded();
  expect((await call("get-status", {})).answer).toMatchObject({
    last_run: { run_id: runId, exit_reason: "ok", found_recipe: true },
    newest_recipe: { run_id: runId, model: "t/Small-1B", simulated: true },
  });
});

test("input that does not fit is told by input, limit and remedy, before a worker is asked or anything is shown", async () => {
  const bad: [object, RegExp][] = [
    [{ targetContext: 100 }, /targetContext: "100" is below 128; give a whole number of tokens from 128 to 1048576/],
    [{ maxDurationSeconds: 0.5 }, /maxDurationSeconds: .*give a whole number.* from 1 to 604800/],
    [{ provider: "ollama", method: "quick" }, /provider: .*auto.*\nmethod: .*race.*fixed/],
    [{ contextLength: 256 }, /contextLength: there is no such input; give targetContext, models/],
  ];
  for (const [input, words] of bad) expect(await refusal(input, asked)).toMatch(words);
  expect([existsSync(world.dbPath), await refusal({ drain: "maybe" }, asked)]).toEqual([
    false,
    expect.stringMatching(/drain: /),
  ]);
});

test("an active run refuses a second one, also one that began while the user was asked", async () => {
  const list = plantModels(world, { [MODEL]: { hangLoad: true } });
  const run = world.start(world.tuneArgs([...shortTune({ "candidate-models": list }), "--offline"]), {}, {});
  const { run_id: runId } = await atPhase(world, "loading");
  const said = await refusal({}, asked);
  expect(said).toMatch(
    new RegExp(`Run ${runId} is active; there is one run at a time\\. Wait for it \\(get-status\\)`),
  );
  run.process.kill("SIGTERM");
  await run.finished;

  let second: ReturnType<World["start"]> | undefined;
  const late = await refusal({}, async () => {
    second = world.start(world.tuneArgs([...shortTune({ "candidate-models": list }), "--offline"]));
    await atPhase(world, "loading");
    return true;
  });
  expect(late).toMatch(new RegExp(`Run ${activeRow(world)?.run_id} is active`));
  second?.process.kill("SIGTERM");
  await second?.finished;
  expect(world.rows("SELECT exit_reason FROM v_runs")).toEqual([
    { exit_reason: "interrupted" },
    { exit_reason: "interrupted" },
  ]);
});

test("a live provider: refused with what drain would do to it; with drain it is named, and another one is not stopped", async () => {
  const { name, isThere, end } = await startLiveInTheWay(world);
  const { input, env } = real();
  try {
    expect(await refusal(input, asked, env)).toMatch(
      new RegExp(`In the way: ${name}.*With drain: true, ${name} .*stopped, and not started again.*Ask the user`, "s"),
    );
    // What the config file or the environment says is no word of the user to the assistant.
    expect(await refusal(input, asked, { ...env, MLX_AUTOTUNE_DRAIN: "true" })).toMatch(/With drain: true/);
    const both = await start({ ...input, drain: true, restartForeground: true }, false, env);
    expect(infoOf(both)["Live provider"]).toMatch(/stopped for the run and started again after it/);

    const confirm: ConfirmationAnswer = async ({ style, message, info }) => {
      expect([style, message]).toEqual(["destructive", expect.stringContaining("out of service")]);
      expect(info).toContainEqual({ name: "Live provider", value: expect.stringMatching(`^${name} .* is stopped`) });
      await end();
      return true;
    };
    const changed = await refusal({ ...input, drain: true }, confirm, env);
    expect(changed).toMatch(/What serves here has changed since the user confirmed; nothing was stopped\./);
    expect([isThere(), existsSync(world.dbPath)]).toEqual([false, false]);
  } finally {
    await end();
  }
});

test("with drain and the user's word the live provider is stopped and the run goes on", async () => {
  const { name, isThere, end } = await startLiveInTheWay(world);
  const { input, env } = real();
  try {
    await start({ ...input, drain: true }, true, env);
    await runEnded();
    expect([isThere(), world.rows("SELECT name FROM v_drains")]).toEqual([false, [{ name }]]);
    expect(world.rows("SELECT exit_reason FROM v_runs")).toEqual([{ exit_reason: "ok" }]);
  } finally {
    await end();
  }
});

test("a worker that cannot be started is told with the tried place", async () => {
  const said = await runTool(
    "start-tune",
    { provider: "simulated" },
    {
      ...{ dist: built.dist, home: world.home, env: world.env, preferences: { nodeBinary: "/nowhere/node" } },
    },
  ).then(() => "not refused", String);
  expect(said).toMatch(/\/nowhere\/node, cannot run the worker/);
});
