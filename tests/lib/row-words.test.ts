// Words in narrow rows and of foreign sentences.
import { expect, test } from "@jest/globals";
import { recipeJson } from "../../src/lib/recipe/recipe-json.ts";
import { rowModel } from "../../src/lib/ui/row-title.ts";
import { plainWithCode } from "../../src/lib/ui/run-plain.ts";

test.each([
  ["mlx-community/Qwen2.5-Coder-7B-Instruct-4bit", "Qwen2.5-C…7B-4bit"],
  ["mlx-community/Qwen2.5-Coder-7B-Instruct-8bit", "Qwen2.5-C…7B-8bit"],
  ["mlx-community/Qwen3-Coder-30B-A3B-Instruct-4bit-DWQ", "Qwen…30B-A3B-4bit-DWQ"],
  ["mlx-community/Mixtral-8x7B-Instruct-v0.1-bf16", "Mixtral…8x7B-bf16"],
  ["owner/Old-3B-4bit", "Old-3B-4bit"],
  ["owner/a-name-that-tells-neither-of-them", "a-name-that-tell…"],
])("%s is %s in a row", (model, row) => {
  expect(rowModel(model)).toBe(row);
});

test("a command between backticks stays code, all else is shown as it is", () => {
  const text = "Add --drain, or stop it: `launchctl bootout gui/501/live.x`, `kill 8*2`.";
  expect(plainWithCode(text)).toBe(text);
  expect(plainWithCode("*bold* `a_b` <c>")).toBe("\\*bold\\* `a_b` \\<c\\>");
  expect(plainWithCode("one ` alone")).toBe("one \\` alone");
});

test("a copied recipe is the recipe, from wherever it is copied", () => {
  expect(JSON.parse(recipeJson({ model: "m" } as never))).toEqual({ model: "m" });
});
