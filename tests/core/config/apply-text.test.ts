import { describe, expect, test } from "@jest/globals";
import { refusedChange } from "../../../worker/core/config/apply-text.ts";

const refusal = (reason: string, remedy: string, line: number | null = null) => ({ line, reason, remedy });

describe("why a config is left as it is", () => {
  test("one reason is one sentence, with its line", () => {
    const error = refusedChange("it was not written to", "/c.yaml", [refusal("model stands twice", "Remove one", 7)]);
    expect([error.message, error.remedy]).toEqual([
      "it was not written to /c.yaml, line 7: model stands twice",
      "Remove one.",
    ]);
  });

  test("reasons with one remedy are a list, the remedy is said once", () => {
    const error = refusedChange("it was not taken back in", "/c.yaml", [
      refusal("model was removed", "Repeat with --force"),
      refusal("kv_bits was edited", "Repeat with --force", 3),
    ]);
    expect([error.message, error.remedy]).toEqual([
      "it was not taken back in /c.yaml:\n- model was removed\n- line 3: kv_bits was edited",
      "Repeat with --force.",
    ]);
  });

  test("reasons with remedies of their own are followed by them", () => {
    const error = refusedChange("it was not written to", "/c.yaml", [
      refusal("the recipe is partial", "Repeat with --force"),
      refusal("model stands twice", "Remove one", 7),
    ]);
    expect([error.message, error.remedy]).toEqual([
      "it was not written to /c.yaml:\n- the recipe is partial. Repeat with --force.\n- line 7: model stands twice. Remove one.",
      undefined,
    ]);
  });
});
