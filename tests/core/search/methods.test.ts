// The list of search methods, and what follows from it. Source: contract §3 (--method), §9.
import { expect, test } from "@jest/globals";
import {
  DEFAULT_METHOD,
  METHOD_NAMES,
  methodOf,
  METHODS,
  OWN_SETTINGS,
  readersOf,
  readsSetting,
} from "../../../worker/core/search/methods.ts";
import { SETTINGS } from "../../../worker/core/settings/options.ts";

test("race is the default, and each is found by its name", () => {
  expect([METHOD_NAMES, DEFAULT_METHOD]).toEqual([["race", "fixed"], "race"]);
  for (const name of METHOD_NAMES) expect(methodOf(name).name).toBe(name);
  expect(() => methodOf("doubt" as "race")).toThrow("no search method is called doubt");
});

test("what only some read is a setting, and who reads it is known", () => {
  expect(OWN_SETTINGS).toEqual(["stage2-replicates", "tps-tie-epsilon"]);
  expect(OWN_SETTINGS.filter((name) => !(name in SETTINGS))).toEqual([]);
  expect(readersOf("tps-tie-epsilon")).toEqual(["fixed"]);
  expect(["fixed", "race", "of another program", null].map((name) => readsSetting(name, "tps-tie-epsilon"))).toEqual([
    true,
    false,
    null,
    null,
  ]);
});

test("no cell at all, as where a server refuses all combinations, is no division by zero", () => {
  for (const method of METHODS) expect(method.expected(0, 5).visits).toBeGreaterThan(0);
});

test("what is expected of 6 cells with 5 replicates each", () => {
  expect(METHODS.map((method) => [method.name, method.expected(6, 5)])).toEqual([
    ["race", { visits: 15, replicates: 30 }],
    ["fixed", { visits: 6, replicates: 30 }],
  ]);
});
