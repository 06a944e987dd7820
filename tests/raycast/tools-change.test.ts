// apply-recipe and revert-recipe as an assistant calls them: what is confirmed, what is in the config after, what is refused and why;
// with a real worker, a stand-in of launchd and a live provider that reads the config. Source: contract §12, §14 (AI tools).
import { expect, test } from "@jest/globals";
import { LABEL, NEW, OLD, SECRET } from "../support/worlds/apply-world.ts";
import { infoOf, setUpChangeTools } from "./support/change-tools.ts";
import { mockProblems } from "./support/evals.ts";

const tools = setUpChangeTools();
const states = () =>
  tools.world.rows<{ state: string }>("SELECT state FROM v_applications ORDER BY id").map(({ state }) => state);

test("apply-recipe shows keys, file and restart, writes only after the word, and revert-recipe takes every byte back", async () => {
  await tools.world.loadProvider();
  const runId = tools.world.storeRecipe();
  const declined = await tools.apply({}, false);
  expect([declined.answer, tools.world.config(), states()]).toEqual([undefined, tools.text, []]);

  const done = await tools.apply();
  expect(done.confirmation).toMatchObject({ style: "destructive", message: "Apply Recipe?" });
  expect(infoOf(done)).toMatchObject({
    ...{ Model: "Old-3B-4bit → New-7B-4bit", Run: runId.slice(0, 8), "KV Cache Bits": "4 → 8" },
    ...{ "Concurrent Requests": "unset → 2", Config: tools.world.configPath, Restarts: LABEL },
  });
  expect(JSON.stringify(done)).not.toContain(SECRET);
  expect(done.answer).toMatchObject({
    ...{ state: "applied", run_id: runId, application_id: 1, model: NEW, config_path: tools.world.configPath },
    ...{
      restarted_service: LABEL,
      restart_seconds: expect.any(Number),
      provider_is_down: false,
      command_to_type: null,
    },
    changes: expect.arrayContaining([{ key: "kv_bits", was: 4, now: 8 }]),
  });
  expect([tools.world.config(), await tools.world.served(), states()]).toEqual([tools.applied(), [NEW], ["applied"]]);

  const back = await tools.revert();
  expect(back.confirmation).toMatchObject({ style: "destructive", message: "Revert Recipe?" });
  expect(infoOf(back)).toMatchObject({ Application: "1", Model: "New-7B-4bit → Old-3B-4bit", Restarts: LABEL });
  expect(back.answer).toMatchObject({ state: "reverted", application_id: 1, restarted_service: LABEL });
  expect([tools.world.config(), await tools.world.served(), states()]).toEqual([tools.text, [OLD], ["reverted"]]);

  const again = await tools.revert();
  expect([again.confirmation, again.answer?.["state"]]).toEqual([undefined, "unchanged"]);
  expect(mockProblems("revert-recipe", [back.answer, again.answer])).toEqual([]);

  tools.world.setScenario({ models: { [NEW]: { loadExit: { code: 1, stderr: "no such weights" } } } });
  const fallen = await tools.apply();
  expect(fallen.answer).toMatchObject({ state: "rolled_back", provider_is_down: false, restart_seconds: null });
  expect(fallen.answer?.["summary"]).toMatch(
    /^Rolled back\. .*did not come up with New-7B-4bit: it ended .*It serves as before/,
  );
  expect([tools.world.config(), await tools.world.served()]).toEqual([tools.text, [OLD]]);
  expect(mockProblems("apply-recipe", [done.answer, fallen.answer])).toEqual([]);
}, 60_000);

test("what was confirmed is what is written: a config edited meanwhile is refused, a newer recipe is not taken for it", async () => {
  const shown = tools.world.storeRecipe();
  const edited = `${tools.text}\r\nby_hand: 1\r\n`;
  const refused = await tools.refusal("apply-recipe", {}, () => {
    tools.world.writeConfig(edited);
    return true;
  });
  expect(refused).toMatch(
    /The config was changed since the user confirmed; nothing was written\. Call the tool again\./,
  );
  expect([tools.world.config(), tools.world.backups(), states()]).toEqual([edited, [], []]);

  const { answer } = await tools.apply({}, () => {
    tools.world.storeRecipe({ model: "mlx-community/Newest-1B-4bit" });
    return true;
  });
  expect(answer).toMatchObject({ state: "applied", run_id: shown, model: NEW });
  const unchanged = await tools.apply({ runId: shown.slice(0, 8) });
  expect([unchanged.confirmation, unchanged.answer?.["state"]]).toEqual([undefined, "unchanged"]);
});

test("what another program does while the user is asked is not done again, nor anything else in its place", async () => {
  const first = tools.world.storeRecipe();
  await tools.world.run(["apply", "--yes", first]);
  const taken = await tools.revert({}, async () => {
    await tools.world.run(["revert", "--yes"]);
    return true;
  });
  expect([taken.confirmation?.message, taken.answer?.["state"]]).toEqual(["Revert Recipe?", "unchanged"]);
  expect([tools.world.config(), states(), tools.world.backups().length]).toEqual([tools.text, ["reverted"], 2]);

  await tools.world.run(["apply", "--yes", first]);
  const later = tools.world.storeRecipe({ model: "mlx-community/Other-3B-4bit" });
  const replaced = await tools.refusal("revert-recipe", {}, async () => {
    await tools.world.run(["apply", "--yes", later]);
    return true;
  });
  expect(replaced).toMatch(/application 3 was written over application 2 in .*config\.yaml/);
  expect([tools.world.config().includes("Other-3B-4bit"), states()]).toEqual([
    true,
    ["reverted", "applied", "applied"],
  ]);
});
