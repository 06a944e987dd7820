// The form's values as flags and back; checked against the worker's own reading of flags.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readSettings } from "../../worker/core/settings/settings.ts";
import { commandLine, flagsOf, preferenceFlags, settingsOf, valuesOf } from "../../src/lib/tune/tune-flags.ts";
import { DEFAULT_VALUES, type TuneValues } from "../../src/lib/tune/tune-form.ts";

const form = (changes: Partial<TuneValues>): TuneValues => ({ ...DEFAULT_VALUES, ...changes });
const SWITCHES = ["--no-drain", "--no-restart-foreground", "--no-offline", "--no-apply"];

test("an untouched form names its choices and switches, and leaves everything else to the worker", () => {
  expect(flagsOf(DEFAULT_VALUES)).toEqual([
    ...["--provider", "auto", "--target-context", "2000", "--method", "race"],
    ...SWITCHES,
  ]);
});

test("the three ways to choose candidates, and a list over several lines", () => {
  expect(flagsOf(form({ candidates: "cached", maxModelSize: "8B" })).slice(4, 6)).toEqual([
    "--candidate-models",
    "cached",
  ]);
  const own = form({ candidates: "own", models: "  a/X-7B,\n\nb/Y-1B, ~/models/z\n" });
  expect(Object.fromEntries(settingsOf(own))["candidate-models"]).toBe("a/X-7B,b/Y-1B,~/models/z");
  expect(flagsOf(form({ maxModelSize: " 8B ", models: "left from before" }))).toEqual(
    expect.arrayContaining(["--max-model-size", "8B"]),
  );
});

test("a hole between two commas reaches the worker, which refuses it; it is not closed silently", () => {
  const flags = Object.fromEntries(settingsOf(form({ candidates: "own", models: "a/X,,b/Y" })));
  expect(flags["candidate-models"]).toBe("a/X,,b/Y");
});

test("what other fields make meaningless is not passed on", () => {
  const race = flagsOf(form({ stage2Replicates: "3", tpsTieEpsilon: "0.2", simulatedProfile: "m2" }));
  expect(race.join(" ")).not.toMatch(/replicates|epsilon|profile/);
  const fixed = form({ method: "fixed", stage2Replicates: "3", provider: "simulated", simulatedProfile: "m2" });
  expect(flagsOf(fixed).join(" ")).toMatch(/--simulated-profile m2 .*--stage2-replicates 3/);
  expect(flagsOf(form({ restartForeground: true }))).toEqual(expect.arrayContaining(["--no-restart-foreground"]));
  expect(flagsOf(form({ restartForeground: true, drain: true }))).toEqual(
    expect.arrayContaining(["--drain", "--restart-foreground"]),
  );
});

test("the command can be pasted: values that a shell would take apart are quoted", () => {
  const values = form({ candidates: "own", models: "~/my models/a,b/X's" });
  expect(commandLine(values, preferenceFlags({ databasePath: "/tmp/a b.sqlite", providerBinary: " " }, "/h"))).toBe(
    `mlx-autotune run --provider auto --target-context 2000 --candidate-models '~/my models/a,b/X'\\''s' --method race ` +
      `${SWITCHES.join(" ")} --db-path '/tmp/a b.sqlite'`,
  );
});

test("flags that the form has no field for are handed back", () => {
  const { values, rest } = valuesOf(["--seed", "7", "--target-context=4000", "--apply", "--verbose"]);
  expect(rest).toEqual(["--seed", "7", "--verbose"]);
  expect(values).toEqual(form({ targetContext: "4000", apply: true }));
});

const words = fc.string({ maxLength: 12 });
const lists = fc.oneof(
  words,
  fc.array(fc.constantFrom("a/X", ",", "\n", " ", "cached"), { maxLength: 8 }).map((all) => all.join("")),
);
const anyForm: fc.Arbitrary<TuneValues> = fc.record({
  ...{ targetContext: words, models: lists, maxModelSize: words, minModelSize: words, simulatedProfile: words },
  candidates: fc.constantFrom("list", "cached", "own"),
  provider: fc.constantFrom("auto", "macprovider", "mlx-lm", "simulated"),
  ...{ drain: fc.boolean(), restartForeground: fc.boolean(), offline: fc.boolean(), apply: fc.boolean() },
  method: fc.constantFrom("race", "fixed"),
  ...{ stage2Replicates: words, tpsTieEpsilon: words, advanced: fc.constant(false), kvBitsAxis: words },
  ...{ maxBatchAxis: words, maxContextAxis: words, prefillStepSizeAxis: words, gateTtftMs: words },
  ...{ maxTokens: words, maxDuration: words, readyTimeout: words, port: words },
});

test("whatever the form holds: flags, form, flags is the same as flags", () => {
  fc.assert(
    fc.property(anyForm, (values) => {
      // Without the flag, the form shows its default and passes it on.
      fc.pre(values.targetContext.trim() !== "" && !(values.candidates === "own" && values.models.trim() === "cached"));
      const flags = flagsOf(values);
      const back = valuesOf(flags);
      expect(back.rest).toEqual([]);
      expect(flagsOf(back.values)).toEqual(flags);
    }),
  );
});

test("every form that the worker finds nothing wrong with means the same after the round trip", () => {
  const models = fc.constantFrom("a/X-7B", "a/X-7B, b/Y-1B", "cached", "~/m");
  const sound = anyForm.chain((values) => models.map((list) => ({ ...values, models: list, targetContext: "4000" })));
  const settled = (values: TuneValues) =>
    readSettings({
      flags: Object.fromEntries(settingsOf(values)),
      ...{ env: {}, file: null, home: "/h", cwd: "/c", randomSeed: 1 },
    });
  fc.assert(
    fc.property(sound, (values) => {
      const first = settled(values);
      expect(settled(valuesOf(flagsOf(values)).values).inputs).toEqual(first.inputs);
    }),
  );
});
