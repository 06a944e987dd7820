// Hand-made configs under tests/fixtures/config, each with the bytes or the refusals that are expected of it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { editConfig } from "../../../worker/core/config/config-edit.ts";
import { planRevert } from "../../../worker/core/config/config-revert.ts";
import { configEditSchema } from "../../../worker/core/config/config-step.ts";
import type { ConfigChanges } from "../../../worker/core/config/config-values.ts";

interface Case {
  name: string;
  outcome: "edited" | "unchanged" | "refused";
  changes?: ConfigChanges;
  refusals?: { line: number | null; reason: string }[];
}

const FOLDER = join(import.meta.dirname, "../../fixtures/config");
const STANDARD: ConfigChanges = { model: "new/model-4bit", kv_bits: 8, max_concurrency_override: 2 };
const cases = JSON.parse(readFileSync(join(FOLDER, "cases.json"), "utf8")) as Case[];
const bytesOf = (file: string) => readFileSync(join(FOLDER, file));

test("the corpus has at least 60 configs and no file without a case", () => {
  expect(cases.length).toBeGreaterThanOrEqual(60);
  const known = cases.flatMap(({ name }) => [`${name}.yaml`, `${name}.expected.yaml`]);
  expect(readdirSync(FOLDER).filter((file) => file.endsWith(".yaml") && !known.includes(file))).toEqual([]);
});

describe.each(cases.filter(({ outcome }) => outcome !== "refused"))(
  "$name",
  ({ name, outcome, changes = STANDARD }) => {
    const source = bytesOf(`${name}.yaml`);
    const edited = editConfig(source, changes);
    if (!edited.ok) throw new Error(JSON.stringify(edited.refusals));

    test("gives the expected bytes", () => {
      expect(edited.text).toBe(bytesOf(`${name}.expected.yaml`).toString("utf8"));
      expect(Buffer.from(edited.bytes).equals(bytesOf(`${name}.expected.yaml`))).toBe(true);
      expect(edited.edits.length > 0).toBe(outcome === "edited");
    });

    test("changes nothing the second time", () => {
      expect(editConfig(edited.bytes, changes)).toMatchObject({ ok: true, edits: [] });
    });

    test("is taken back to the original bytes from the stored record, and only once", () => {
      const stored = configEditSchema.array().parse(JSON.parse(JSON.stringify(edited.edits)));
      const plan = planRevert(edited.bytes, { edits: stored });
      expect(plan.state).toBe(outcome === "edited" ? "change" : "unchanged");
      if (plan.state !== "change") return;
      expect(plan.text).toBe(source.toString("utf8"));
      expect(planRevert(plan.bytes, { edits: stored })).toEqual({ state: "unchanged" });
    });
  },
);

test.each(cases.filter(({ outcome }) => outcome === "refused"))(
  "$name is refused with line and reason",
  ({ name, changes = STANDARD, refusals = [] }) => {
    const edited = editConfig(bytesOf(`${name}.yaml`), changes);
    if (edited.ok) throw new Error(`not refused: ${edited.text}`);
    expect(edited.refusals.map(({ line }) => line)).toEqual(refusals.map(({ line }) => line));
    edited.refusals.forEach(({ reason, remedy }, index) => {
      expect(reason).toContain(refusals[index]?.reason);
      expect(remedy).not.toBe("");
    });
  },
);
