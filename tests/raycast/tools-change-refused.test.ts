// What apply-recipe and revert-recipe refuse, in the words of their inputs, and what lifts it; with a real worker.
// Source: contract §12, §14 (AI tools).
import { expect, test } from "@jest/globals";
import { infoOf, setUpChangeTools, type ChangeTool } from "./support/change-tools.ts";

const tools = setUpChangeTools();

test("simulated, partial and swept-context recipes are refused with the input that would lift it, and only that lifts it", async () => {
  tools.world.storeRecipe({ simulated: true, provider: "macprovider" });
  expect(await tools.refusal("apply-recipe", { force: true })).toMatch(/nothing of it was measured on this machine/);
  tools.world.storeRecipe({ simulated: true });
  const simulated = await tools.refusal("apply-recipe", {});
  expect(simulated).toMatch(/the recipe was simulated.*force: true/s);
  tools.world.storeRecipe({ partial: true });
  expect(await tools.refusal("apply-recipe", {})).toMatch(/the recipe is partial.*force: true/s);
  tools.world.storeRecipe({ contexts: [2000, 4000] });
  const swept = await tools.refusal("apply-recipe", {});
  expect(swept).toMatch(/2000 is below/);
  expect(swept).toMatch(/context: "lower"/);
  expect(simulated + swept).not.toMatch(/--(force|lower-context|keep-context)/);
  const kept = await tools.apply({ context: "keep" });
  expect(infoOf(kept)).not.toHaveProperty("max_context_override");
  expect(JSON.stringify([kept.confirmation, kept.answer])).not.toContain("--");
  expect([kept.answer?.["state"], tools.world.config()]).toEqual(["applied", tools.applied()]);
});

test("a key edited since is only taken back with force; the other edits of the user stay", async () => {
  tools.world.storeRecipe();
  await tools.world.run(["apply", "--yes"]);
  tools.world.writeConfig(tools.world.config().replace("kv_bits: 8", "kv_bits: 2").replace("# my provider", "# mine"));
  expect(await tools.refusal("revert-recipe", {})).toMatch(/kv_bits was edited after .*force: true/s);
  const forced = await tools.revert({ application: 1, force: true });
  expect(infoOf(forced)).toMatchObject({ "KV Cache Bits": "2 → 4" });
  expect([forced.answer?.["state"], tools.world.config()]).toEqual([
    "reverted",
    tools.text.replace("# my provider", "# mine"),
  ]);
});

test("input that does not fit is refused with its name, its limit and what to do, before anything is asked", async () => {
  const lines = (said: string) => said.replace(/^Error: /, "").split("\n");
  const bad: [ChangeTool, unknown, RegExp][] = [
    ["apply-recipe", { context: "raise" }, /^context: .*"keep"\|"lower"/],
    ["apply-recipe", { runId: " " }, /^runId: .*>=1 char/],
    ["apply-recipe", { force: "yes" }, /^force: .*expected boolean/],
    ["apply-recipe", { target: "x" }, /^target: there is no such input; give runId, context, force/],
    ["revert-recipe", { application: 0 }, /^application: .*>=1/],
    ["revert-recipe", { application: 1.5 }, /^application: .*expected int/],
  ];
  for (const [tool, input, words] of bad) {
    const said = await tools.refusal(tool, input, () => {
      throw new Error("it was asked");
    });
    expect([tool, said]).toEqual([tool, expect.stringMatching(/Correct the input and call the tool again\./)]);
    expect(lines(said).some((line) => words.test(line.replace(/^.*?Error: /, "")))).toBe(true);
  }
  tools.world.storeRecipe();
  expect(await tools.refusal("apply-recipe", { runId: "ffff" })).toMatch(
    /there is no run "ffff"\nList the runs with get-status\./,
  );
  expect(await tools.refusal("revert-recipe", { application: 9 })).toMatch(
    /there is no application "9".*\nLeave it out to take back what was applied last; get-status names it\./,
  );
});
