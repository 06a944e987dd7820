import { expect, test } from "@jest/globals";
import {
  freshnessOf,
  freshnessText,
  type MachineNow,
  type MeasuredOn,
} from "../../../worker/core/machine/staleness.ts";

const WEIGHTS = "0123456789abcdef0123456789abcdef01234567";
const MEASURED: MeasuredOn = {
  simulated: false,
  chip: "Apple M2",
  ramGb: 16,
  osVersion: "macOS 26.0",
  binaryVersion: "1.4.0",
  modelRevision: WEIGHTS,
};
const NOW: MachineNow = {
  chip: "Apple M2",
  ramGb: 16,
  osVersion: "macOS 26.0",
  binaryVersion: "1.4.0",
  modelRevision: WEIGHTS,
  modelsIn: "/hub (HF_HOME of x)",
};

test("the same machine, program and weights are fresh", () => {
  expect(freshnessOf(MEASURED, NOW)).toEqual({ state: "fresh", differences: [] });
});

test.each<[keyof MachineNow, string | number | null, string]>([
  ["chip", "Apple M4", "chip was Apple M2, now Apple M4"],
  ["ramGb", 32, "RAM (GB) was 16, now 32"],
  ["osVersion", "macOS 26.1", "OS was macOS 26.0, now macOS 26.1"],
  ["binaryVersion", "1.5.0", "provider was 1.4.0, now 1.5.0"],
  ["binaryVersion", null, "provider was 1.4.0, now not there"],
  ["modelRevision", "f".repeat(40), "model revision was 0123456, now fffffff in /hub (HF_HOME of x)"],
  ["modelRevision", null, "model revision was 0123456, now not there in /hub (HF_HOME of x)"],
])("another %s (%s) is stale and named", (key, value, text) => {
  const found = freshnessOf(MEASURED, { ...NOW, [key]: value });
  expect(found.state).toBe("stale");
  expect(freshnessText(found)).toBe(`stale: ${text}`);
});

test("a simulated recipe is simulated, whatever this machine is", () => {
  const found = freshnessOf({ ...MEASURED, simulated: true }, { ...NOW, chip: "another", ramGb: 1 });
  expect(found).toEqual({ state: "simulated", differences: [] });
  expect(freshnessText(found)).toMatch(/nothing about this machine/);
});

test("what the run did not record is not held against it", () => {
  const unknown = {
    ...MEASURED,
    chip: null,
    ramGb: null,
    osVersion: "unknown",
    binaryVersion: null,
    modelRevision: null,
  };
  expect(freshnessOf(unknown, NOW).state).toBe("fresh");
});
