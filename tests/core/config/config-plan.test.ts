import { describe, expect, test } from "@jest/globals";
import { planApply, type ApplicableRecipe, type ApplyOptions } from "../../../worker/core/config/config-plan.ts";

const recipe: ApplicableRecipe = {
  model: "new",
  knobs: { kv_bits: null, max_concurrency_override: 2, max_context_override: 8000 },
  partial: false,
  simulated: false,
  maxContextValues: 1,
  keys: ["kv_bits", "max_concurrency_override", "max_context_override"],
};
const BASE = "model: new\nmax_concurrency_override: 2\n";

function outcome(over: Partial<ApplicableRecipe>, configured: number | string | null, options: ApplyOptions) {
  const source = configured === null ? BASE : `${BASE}max_context_override: ${configured}\n`;
  const plan = planApply({ ...recipe, ...over }, source, options);
  if (plan.state === "refused") return `refused: ${plan.refusals.map(({ reason }) => reason).join()}`;
  if (plan.state === "unchanged") return `unchanged ${plan.notes.join()}`.trim();
  return plan.edits.map(({ key, before, after }) => `${key} ${String(before)} -> ${String(after)}`).join();
}

const swept = { maxContextValues: 2 };
const untouched = /^unchanged max_context_override stays as it is/;
const written = (before: number | string) => `max_context_override ${before} -> 8000`;

describe("the context rule", () => {
  test.each<[string, Partial<ApplicableRecipe>, number | string | null, ApplyOptions, string | RegExp]>([
    ["one measured context is not a cap", {}, null, {}, untouched],
    ["nor does it lower one", {}, 200_000, {}, untouched],
    ["nor raise one", {}, 4000, {}, untouched],
    ["--lower-context writes it where nothing is", {}, null, { lowerContext: true }, written("null")],
    ["--lower-context lowers", {}, 200_000, { lowerContext: true }, written(200_000)],
    ["a swept value raises", swept, 4000, {}, written(4000)],
    ["whatever the number's spelling", swept, "4_000", {}, written("4_000")],
    ["and is refused below one of another spelling", swept, "0x4000", {}, /^refused: .*8000.*below.*0x4000/],
    ["a swept value equal to the configured one changes nothing", swept, 8000, {}, "unchanged"],
    ["a swept value below the configured one is refused", swept, 8001, {}, /^refused: .*8000.*below.*8001/],
    ["so it is where nothing is configured", swept, null, {}, /^refused: .*8000.*below.*model's maximum/],
    ["so it is where no number is configured", swept, "auto", {}, /^refused: .*8000.*below/],
    ["a swept value lowers with --lower-context", swept, 8001, { lowerContext: true }, written(8001)],
    ["and caps where nothing is", swept, null, { lowerContext: true }, written("null")],
    ["--keep-context leaves a higher one", swept, 200_000, { keepContext: true }, untouched],
    ["--keep-context leaves a lower one", swept, 4000, { keepContext: true }, untouched],
    ["--keep-context wins over --lower-context", swept, 200_000, { keepContext: true, lowerContext: true }, untouched],
    ["--force does not lower", swept, 200_000, { force: true }, /^refused/],
  ])("%s", (_, over, configured, options, expected) => {
    expect(outcome(over, configured, options)).toEqual(
      typeof expected === "string" ? expected : expect.stringMatching(expected),
    );
  });

  test("a run without a cap leaves the key alone, even with --lower-context", () => {
    const knobs = { ...recipe.knobs, max_context_override: null };
    expect(outcome({ knobs }, 4000, { lowerContext: true })).toMatch(untouched);
  });

  test("the note names what is configured", () => {
    expect(outcome({}, 32_768, {})).toContain("(32768): 8000 is the context that was measured, not a cap for serving");
    expect(outcome({}, null, {})).toContain("(not set: the model's maximum)");
  });
});

describe("what may be applied", () => {
  test("a partial recipe needs --force", () => {
    expect(outcome({ partial: true }, null, {})).toMatch(/^refused: the recipe is partial/);
    expect(outcome({ partial: true }, null, { force: true })).toMatch(untouched);
  });

  test("a simulated recipe never goes to a real provider", () => {
    expect(outcome({ simulated: true }, null, {})).toMatch(/^refused: the recipe was simulated/);
    expect(outcome({ simulated: true }, null, { force: true })).toMatch(/^refused: the recipe was simulated/);
  });

  test("a simulated recipe goes to the simulator with --force", () => {
    expect(outcome({ simulated: true }, null, { simulatedTarget: true })).toMatch(/^refused: the recipe was simulated/);
    expect(outcome({ simulated: true }, null, { simulatedTarget: true, force: true })).toMatch(untouched);
  });

  test("all reasons are told at once", () => {
    const plan = planApply({ ...recipe, partial: true, ...swept }, "model: old\nmodel_artifact_path: /x\n", {});
    expect(plan.state === "refused" && plan.refusals.map(({ line }) => line)).toEqual([null, null, 2]);
    const broken = planApply({ ...recipe, partial: true }, "a: '", {});
    expect(broken.state === "refused" && broken.refusals.map(({ line }) => line)).toEqual([null, 1]);
  });
});

test("unset knobs are absent from the config", () => {
  const plan = planApply(recipe, "model: old\nkv_bits: 4\nmax_concurrency_override: 2\n", {});
  expect(plan.state === "change" && plan.text).toBe("model: new\nmax_concurrency_override: 2\n");
});

test("applying the same recipe again changes nothing", () => {
  const first = planApply(recipe, "port: 1\n", { lowerContext: true });
  if (first.state !== "change") throw new Error("no change");
  expect(planApply(recipe, first.bytes, { lowerContext: true })).toMatchObject({ state: "unchanged", notes: [] });
});

describe("keys of the user that the recipe contradicts are named with their lines, never with their values", () => {
  const notesOf = (source: string) => {
    const plan = planApply({ ...recipe, knobs: { ...recipe.knobs, max_context_override: null } }, source, {});
    return plan.state === "refused" ? null : plan.notes;
  };

  test("a draft model, whether or not anything changes", () => {
    for (const model of ["old", "new"]) {
      const notes = notesOf(`model: ${model}\nmax_concurrency_override: 2\ndraft_model: secret/draft\n`);
      expect(notes).toEqual([expect.stringMatching(/^draft_model \(line 3\) stays as it is: .*without a draft model/)]);
      expect(notes?.join()).not.toContain("secret");
    }
    expect(notesOf("model: new\ndraft_model:\nnested: {draft_model: x}\n")).toEqual([]);
  });

  test("where a value that changes came from", () => {
    const source =
      "model: new\nmodel_provenance: a\nkv_bits: 4\nkv_bits_provenance: tuned\nmax_concurrency_provenance: b\n";
    expect(notesOf(source)).toEqual([
      expect.stringMatching(/^kv_bits_provenance \(line 4\)/),
      expect.stringMatching(/^max_concurrency_provenance \(line 5\).*max_concurrency_override changes/),
    ]);
  });
});
