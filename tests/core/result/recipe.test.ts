import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { recipeHash, resultJsonSchema, type HashedFacts } from "../../../worker/core/result/recipe.ts";
import { shellCommand } from "../../../worker/core/text/shell-words.ts";

const REFERENCE =
  '{"binary_version":"1.4.0","candidate_models":["mlx-community/Qwen2.5-Coder-7B-Instruct-4bit"],"chip":"Apple M2","knobs":{"kv_bits":null,"max_concurrency_override":1,"max_context_override":4000},"model":"mlx-community/Qwen2.5-Coder-7B-Instruct-4bit","ram_gb":16,"target_context":4000}';
const facts = (): HashedFacts => JSON.parse(REFERENCE) as HashedFacts;

test("the hash is SHA-256 of the reference vector's canonical form", () => {
  expect(recipeHash(facts())).toBe(`sha256:${createHash("sha256").update(REFERENCE).digest("hex")}`);
});

test("key order and foreign keys do not change it", () => {
  const { model, ...rest } = facts();
  expect(recipeHash({ model, ...rest, extra: 1 } as HashedFacts)).toBe(recipeHash(facts()));
});

test.each([
  ["RAM", { ram_gb: 32 }],
  ["binary", { binary_version: "1.4.1" }],
  ["chip", { chip: "Apple M3" }],
  ["context", { target_context: 4001 }],
  ["order of candidates", { candidate_models: ["b", "a"] }],
])("another %s is another hash", (_, change) => {
  expect(recipeHash({ ...facts(), ...change })).not.toBe(recipeHash(facts()));
});

test("the order of the candidates matters", () => {
  const hash = (candidate_models: string[]) => recipeHash({ ...facts(), candidate_models });
  expect(hash(["a", "b"])).not.toBe(hash(["b", "a"]));
});

test("the published JSON schema is the one the program checks with", () => {
  const published: unknown = JSON.parse(readFileSync("docs/result.schema.json", "utf8"));
  expect(published).toEqual(JSON.parse(JSON.stringify(resultJsonSchema())));
});

test("commands are quoted for a shell", () => {
  expect(shellCommand(["a", "--m", "x y", "it's", "mlx-community/Q-4bit"])).toBe(
    `a --m 'x y' 'it'\\''s' mlx-community/Q-4bit`,
  );
});
