import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settingOf } from "../../worker/core/settings/options.ts";
import { modelSize } from "../../worker/simulator/model-size.ts";
import { loadProfile, PROFILE_NAMES, simulatedMachine } from "../../worker/simulator/profiles.ts";
import { noiseFactor, seededRandom } from "../../worker/simulator/random.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "profiles-"));
});
afterAll(() => removeFolder(folder));

function write(text: string): string {
  const path = join(folder, "profile.json");
  writeFileSync(path, text);
  return path;
}

test("the demo machine comes first and says that it is fictional", () => {
  expect(PROFILE_NAMES).toEqual(["demo", "m1-air-8", "m3-16", "m4-16", "m5-16", "m5-air-32"]);
  expect(simulatedMachine(null)).toEqual({ ram_gb: 16, chip: "Demo Silicon (fictional)", os_version: "simulated" });
  expect(simulatedMachine("m5-air-32")).toEqual({ ram_gb: 32, chip: "Apple M5", os_version: "simulated" });
});

test("a file may start from a shipped machine and change it", () => {
  const path = write(
    '{"base": "m4-16", "id": "mine", "ram_gb": 24, "failures": [{"kind": "http_error", "status": 500}]}',
  );
  expect(loadProfile(path)).toMatchObject({ id: "mine", chip: "Apple M4", ram_gb: 24, prefill_k: 1300 });
  expect(loadProfile(path).failures[0]).toMatchObject({ kind: "http_error", status: 500, min_prompt_tokens: 0 });
});

test("an unknown name lists the known ones, each of which the setting takes", () => {
  const remedy = `Name one of ${PROFILE_NAMES.join(", ")}.`;
  expect(() => loadProfile("m9-ultra")).toThrow(
    expect.objectContaining({ message: 'no simulated machine "m9-ultra"', remedy }),
  );
  for (const name of PROFILE_NAMES)
    expect(settingOf("simulated-profile").parse(name)).toEqual({ ok: true, value: name });
});

test.each([
  ["an unknown base", '{"base": "m9"}', /no shipped profile "m9"/],
  ["a misspelt key", '{"base": "demo", "ram": 3}', /ram/],
  ["a figure that is none", '{"base": "demo", "ram_gb": -1}', /ram_gb/],
  ["an unknown failure", '{"base": "demo", "failures": [{"kind": "explodes"}]}', /kind/],
])("a file with %s is refused", (_name, text, why) => {
  expect(() => loadProfile(write(text))).toThrow(why);
});

test.each([
  ["mlx-community/Qwen2.5-Coder-7B-Instruct-4bit", 7.6, 7.6, 4.275],
  ["mlx-community/Llama-3.2-1B-Instruct-8bit", 1.24, 1.24, 1.3175],
  ["google/gemma-4-26b-a4b", 26, 4, 14.625],
  ["SmolLM-360M-bf16", 0.36, 0.36, 0.72],
  ["/models/mystery", 7, 7, 3.9375],
])("%s is sized by its name", (id, paramsB, activeB, weightsGb) => {
  const size = modelSize(id);
  expect(size.paramsB).toBeCloseTo(paramsB, 9);
  expect(size.activeB).toBeCloseTo(activeB, 9);
  expect(size.weightsGb).toBeCloseTo(weightsGb, 9);
});

test("noise has the asked variation, and the same seed gives the same noise", () => {
  const random = seededRandom("a");
  const logs = Array.from({ length: 4000 }, () => Math.log(noiseFactor(random, 0.1)));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const variance = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length;
  expect(Math.abs(mean)).toBeLessThan(0.01);
  expect(Math.sqrt(variance)).toBeCloseTo(0.1, 1);
  expect(seededRandom("a")()).toBe(seededRandom("a")());
  expect(seededRandom("a")()).not.toBe(seededRandom("b")());
});
