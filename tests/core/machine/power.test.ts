// What `pmset` prints, in real form, and what is read from it: mains, battery or UPS, and Low Power Mode by either name of its key.
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { powerWarnings, readPower } from "../../../worker/core/machine/power.ts";

const mac = (name: string) => readFileSync(`tests/fixtures/mac/${name}.txt`, "utf8");
const AC = mac("pmset-batt-ac");

test.each([
  ["pmset-batt-ac", "mains"],
  ["pmset-batt-desktop", "mains"],
  ["pmset-batt-battery", "battery"],
  ["pmset-batt-ups", "ups"],
  ["pmset-batt-laptop-beside-ups", "battery"],
])("%s: %s", (name, source) => {
  expect(readPower(mac(name), "").source).toBe(source);
});

test.each([
  ["pmset-g-lowpowermode-0", false],
  ["pmset-g-lowpowermode-1", true],
  ["pmset-g-powermode-0", false],
  ["pmset-g-powermode-1-low", true],
  ["pmset-g-powermode-2-high", false],
])("%s: Low Power Mode %s", (name, lowPower) => {
  expect(readPower(AC, mac(name)).lowPower).toBe(lowPower);
});

test("of the settings only those in use count: without such a section, those of what the Mac draws from", () => {
  const custom = mac("pmset-g-custom-low-on-battery");
  expect(readPower(AC, custom).lowPower).toBe(false);
  expect(readPower(mac("pmset-batt-battery"), custom).lowPower).toBe(true);
  // What a profile stores is not what is in use.
  expect(readPower(AC, `${mac("pmset-g-powermode-0")}Battery Power:\n powermode            1\n`).lowPower).toBe(false);
});

test("a sleep setting that is overridden, a tab, and a key that only ends alike do not mislead", () => {
  expect(readPower(AC, mac("pmset-g-sleep-disabled")).lowPower).toBe(false);
  expect(readPower(AC, "Currently in use:\n myowerpowermode 1\n reducepowermode 1\n").lowPower).toBeNull();
});

test("where pmset says nothing, nothing is claimed", () => {
  expect(readPower("", "")).toEqual({ source: null, lowPower: null });
  expect(readPower("Now drawing from 'Something New'\n", "")).toEqual({ source: null, lowPower: null });
  expect(powerWarnings({ source: null, lowPower: null })).toEqual([]);
});

test("each warning has what to do; mains without Low Power Mode has none", () => {
  expect(powerWarnings(readPower(AC, mac("pmset-g-powermode-2-high")))).toEqual([]);
  const texts = (name: string, settings: string) => powerWarnings(readPower(mac(name), mac(settings)));
  expect(texts("pmset-batt-battery", "pmset-g-powermode-1-low")).toEqual([
    { text: "The Mac runs on battery: figures will be lower than on mains power.", remedy: "Plug the Mac in." },
    {
      text: "Low Power Mode is on: figures will be lower than without it.",
      remedy: "Turn Low Power Mode off: System Settings > Battery (Energy on a desktop Mac).",
    },
  ]);
  expect(texts("pmset-batt-ups", "pmset-g-powermode-0")).toEqual([
    {
      text: "The Mac runs on the battery of a UPS: it may be cut off before a run ends.",
      remedy: "Wait until the mains power is back.",
    },
  ]);
});
