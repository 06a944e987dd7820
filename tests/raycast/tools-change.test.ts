// apply-recipe and revert-recipe as an assistant calls them: what is confirmed, what is in the config after, what is refused and why;
// with a real worker, a stand-in of launchd and a live provider that reads the config. Source: contract §12, §14 (AI tools).
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { ConfirmationAnswer } from "../raycast-host/index.ts";
import { configText, createApplyWorld, LABEL, NEW, OLD, SECRET, type ApplyWorld } from "../support/apply-world.ts";
import { buildCommands, type BuiltCommands } from "./support/build-commands.ts";
import { callTool, infoOf, refusalOf, type ChangeTool } from "./support/change-tools.ts";
import { mockProblems } from "./support/evals.ts";

let built: BuiltCommands;
let world: ApplyWorld;
let text: string;

beforeAll(async () => {
  built = await buildCommands("apply-recipe", "revert-recipe");
  world = await createApplyWorld();
  text = configText(world.port);
});
beforeEach(() => world.writeConfig(text));
afterEach(() => world.reset());
afterAll(async () => {
  built.remove();
  expect(await world.close()).toEqual([]);
});

const place = () => ({ world, dist: built.dist });
const apply = (input?: unknown, confirm?: ConfirmationAnswer) => callTool(place(), "apply-recipe", input, confirm);
const revert = (input?: unknown, confirm?: ConfirmationAnswer) => callTool(place(), "revert-recipe", input, confirm);
const refusal = (name: ChangeTool, input: unknown, confirm?: ConfirmationAnswer) =>
  refusalOf(place(), name, input, confirm);
const states = () =>
  world.rows<{ state: string }>("SELECT state FROM v_applications ORDER BY id").map(({ state }) => state);
const applied = () =>
  text.replace(`"${OLD}"`, `"${NEW}"`).replace("kv_bits: 4\r\n", "kv_bits: 8\r\nmax_concurrency_override: 2\r\n");

test("apply-recipe shows keys, file and restart, writes only after the word, and revert-recipe takes every byte back", async () => {
  await world.loadProvider();
  const runId = world.storeRecipe();
  const declined = await apply({}, false);
  expect([declined.answer, world.config(), states()]).toEqual([undefined, text, []]);

  const done = await apply();
  expect(done.confirmation).toMatchObject({ style: "destructive", message: "Apply this recipe?" });
  expect(infoOf(done)).toMatchObject({
    ...{ Model: "New-7B-4bit", Run: runId.slice(0, 8), model: `${OLD} → ${NEW}`, kv_bits: "4 → 8" },
    ...{ max_concurrency_override: "unset → 2", Config: world.configPath, Restarts: LABEL },
  });
  expect(JSON.stringify(done)).not.toContain(SECRET);
  expect(done.answer).toMatchObject({
    ...{ state: "applied", run_id: runId, application_id: 1, model: NEW, config_path: world.configPath },
    ...{
      restarted_service: LABEL,
      restart_seconds: expect.any(Number),
      provider_is_down: false,
      command_to_type: null,
    },
    changes: expect.arrayContaining([{ key: "kv_bits", was: 4, now: 8 }]),
  });
  expect([world.config(), await world.served(), states()]).toEqual([applied(), [NEW], ["applied"]]);

  const back = await revert();
  expect(back.confirmation).toMatchObject({ style: "destructive", message: "Take this recipe back?" });
  expect(infoOf(back)).toMatchObject({ Application: "1", model: `${NEW} → ${OLD}`, Restarts: LABEL });
  expect(back.answer).toMatchObject({ state: "reverted", application_id: 1, restarted_service: LABEL });
  expect([world.config(), await world.served(), states()]).toEqual([text, [OLD], ["reverted"]]);

  const again = await revert();
  expect([again.confirmation, again.answer?.["state"]]).toEqual([undefined, "unchanged"]);
  expect(mockProblems("revert-recipe", [back.answer, again.answer])).toEqual([]);

  world.setScenario({ models: { [NEW]: { loadExit: { code: 1, stderr: "no such weights" } } } });
  const fallen = await apply();
  expect(fallen.answer).toMatchObject({ state: "rolled_back", provider_is_down: false, restart_seconds: null });
  expect(fallen.answer?.["summary"]).toMatch(
    /^Rolled back\. .*did not come up with New-7B-4bit: it ended .*It serves as before/,
  );
  expect([world.config(), await world.served()]).toEqual([text, [OLD]]);
  expect(mockProblems("apply-recipe", [done.answer, fallen.answer])).toEqual([]);
}, 60_000);

test("what was confirmed is what is written: a config edited meanwhile is refused, a newer recipe is not taken for it", async () => {
  const shown = world.storeRecipe();
  const edited = `${text}\r\nby_hand: 1\r\n`;
  const refused = await refusal("apply-recipe", {}, () => {
    world.writeConfig(edited);
    return true;
  });
  expect(refused).toMatch(
    /The config was changed since the user confirmed; nothing was written\. Call the tool again\./,
  );
  expect([world.config(), world.backups(), states()]).toEqual([edited, [], []]);

  const { answer } = await apply({}, () => {
    world.storeRecipe({ model: "mlx-community/Newest-1B-4bit" });
    return true;
  });
  expect(answer).toMatchObject({ state: "applied", run_id: shown, model: NEW });
  const unchanged = await apply({ runId: shown.slice(0, 8) });
  expect([unchanged.confirmation, unchanged.answer?.["state"]]).toEqual([undefined, "unchanged"]);
});

test("what another program does while the user is asked is not done again, nor anything else in its place", async () => {
  const first = world.storeRecipe();
  await world.run(["apply", "--yes", first]);
  const taken = await revert({}, async () => {
    await world.run(["revert", "--yes"]);
    return true;
  });
  expect([taken.confirmation?.message, taken.answer?.["state"]]).toEqual(["Take this recipe back?", "unchanged"]);
  expect([world.config(), states(), world.backups().length]).toEqual([text, ["reverted"], 2]);

  await world.run(["apply", "--yes", first]);
  const later = world.storeRecipe({ model: "mlx-community/Other-3B-4bit" });
  const replaced = await refusal("revert-recipe", {}, async () => {
    await world.run(["apply", "--yes", later]);
    return true;
  });
  expect(replaced).toMatch(/application 2 was not taken back .*: model was edited after that recipe was applied/);
  expect([world.config().includes("Other-3B-4bit"), states()]).toEqual([true, ["reverted", "applied", "applied"]]);
});
