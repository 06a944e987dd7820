// The words of Current Recipe: what comes from outside is text, never markup. Source: contract §14.
import { expect, test } from "@jest/globals";
import type { Recommendation } from "../../worker/core/result/recipe.ts";
import { appliedMarkdown, notAppliedMarkdown } from "../../src/lib/recipe/recipe-text.ts";
import type { Applied, Measured } from "../../src/lib/recipe/recipe-reading.ts";

const recipe = { reason: "*fastest* of <2> cells", findings: ["kv_bits: no | difference"], partial: true };
const measured = { recipe: recipe as unknown as Recommendation } as Measured;

test("reason and findings of a recipe are shown literally", () => {
  const page = notAppliedMarkdown(measured, null).text;
  expect(page).toContain("\\*fastest\\* of \\<2\\> cells");
  expect(page).toContain("- kv\\_bits: no \\| difference");
  expect(page).toContain("**Partial**");
});

test("the detail of a step is one line of text, whatever a provider said", () => {
  const step = { at_utc: "2026-03-01T10:00:00Z", step: "provider answers", ok: false, detail: "# it\nended `rc 1`" };
  const application = {
    state: "unverified",
    edits_json: [{ key: "kv_bits", before: 4, after: null }],
    ...{ config_path: "/a_b/c.yaml", backup_path: null },
  };
  const page = appliedMarkdown({ application, steps: [step], measured } as unknown as Applied, null, {
    state: "stale",
    differences: [
      { what: "OS", was: "26_0", now: null },
      { what: "model revision", was: "a", now: null, where: "/my_hub" },
    ],
  }).text;
  expect(page).toMatch(/- ✗ \d\d:\d\d:\d\d provider answers: \\# it ended \\`rc 1\\`$/m);
  expect(page).toContain("- OS: 26\\_0, now not there\n");
  expect(page).toContain("- model revision: a, now not there in /my\\_hub");
  expect(page).toContain("- KV Cache Bits: 4 → unset");
  expect(page).toContain("- Config: /a\\_b/c.yaml");
});
