// Words in narrow rows and of foreign sentences.
import { expect, test } from "@jest/globals";
import { recipeJson } from "../../src/lib/recipe/recipe-json.ts";
import { rowModel } from "../../src/lib/ui/row-title.ts";

test.each([
  ["mlx-community/Qwen2.5-Coder-7B-Instruct-4bit", "Qwen2.5-Code…7B-4bit"],
  ["mlx-community/Qwen2.5-Coder-7B-Instruct-8bit", "Qwen2.5-Code…7B-8bit"],
  ["mlx-community/Qwen3-Coder-30B-A3B-Instruct-4bit-DWQ", "Qwen…30B-A3B-4bit-DWQ"],
  ["mlx-community/Mixtral-8x7B-Instruct-v0.1-bf16", "Mixtral…8x7B-bf16"],
  ["DeepSeek-R1-Distill-Llama-70B-abliterated-6bit-MLX-gs32", "DeepSeek-R1…70B-6bit"],
  ["/Users/me/models/Llama 3.3 70B (eigene Kopie)", "Llama 3.3…70B"],
  ["owner/Old-3B-4bit", "Old-3B-4bit"],
  ["owner/a-name-that-tells-neither-of-them", "a-name-that-tells-n…"],
])("%s is %s in a row", (model, row) => {
  expect(rowModel(model)).toBe(row);
});

test("a copied recipe is the recipe, from wherever it is copied", () => {
  expect(JSON.parse(recipeJson({ model: "m" } as never))).toEqual({ model: "m" });
});
