import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { indexedFiles, tokenizerForm, weightFiles } from "../../../worker/core/models/model-files.ts";

const shards = (total: number, prefix = "model", digits = 5) =>
  Array.from({ length: total }, (_, at) => {
    const number = (of: number) => String(of).padStart(digits, "0");
    return `${prefix}-${number(at + 1)}-of-${number(total)}.safetensors`;
  });
const STALE = shards(2);

test.each([
  ["a single file", ["model.safetensors"], null, ["model.safetensors"]],
  ["a series without an index", shards(3), null, shards(3)],
  ["an index whose files are all there", ["model.safetensors", ...shards(2)], shards(2), shards(2)],
  ["a stale index beside a single file", ["model.safetensors"], STALE, ["model.safetensors"]],
  ["a stale index beside another whole series", shards(1), STALE, shards(1)],
  ["a stale index of a longer series", shards(2), shards(4), shards(2)],
  ["six digits in the number of shards", shards(2, "model", 6), null, shards(2, "model", 6)],
  [
    "shards whose total has more digits",
    ["model-00001-of-000001.safetensors"],
    null,
    ["model-00001-of-000001.safetensors"],
  ],
  ["a file of another name that mlx-lm's pattern takes", ["model-q4.safetensors"], null, ["model-q4.safetensors"]],
  ["weight*.safetensors, as older tools named them", ["weights.00.safetensors"], null, ["weights.00.safetensors"]],
  ["a whole series beside the rest of another", [...shards(2), shards(3)[0] ?? ""], null, shards(2)],
  ["an index into a sub-folder", ["a/model.safetensors"], ["a/model.safetensors"], ["a/model.safetensors"]],
])("%s", (_name, names, indexed, files) => expect(weightFiles(names, indexed)).toEqual({ files }));

test.each([
  ["a series with a gap", [shards(3)[0], shards(3)[2]], null, shards(3)[1]],
  ["an unfinished download of what its index names", [shards(2)[1]], shards(2), shards(2)[0]],
  [
    "an unfinished download beside a file that the index names",
    ["model-visual.safetensors"],
    ["model-visual.safetensors", ...shards(2)],
    shards(2)[0],
  ],
  ["nothing but an index", [], shards(2), shards(2)[0]],
  ["nothing", ["config.json", "adapters.safetensors", "consolidated.safetensors"], null, "model.safetensors"],
])("%s is not all of it", (_name, names, indexed, missing) =>
  expect(weightFiles(names as string[], indexed)).toEqual({ missing }),
);

test("a huge number of shards in a name costs nothing", () => {
  expect(weightFiles(["model-00001-of-999999999999.safetensors"], null)).toEqual({
    missing: "model-00002-of-999999999999.safetensors",
  });
});

test("what is found is there, and every name of it is distinct", () => {
  const name = fc.constantFrom(
    "model.safetensors",
    ...shards(2),
    ...shards(3),
    ...shards(2, "weight"),
    "x.safetensors",
  );
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.option(fc.uniqueArray(name, { minLength: 1 })), (names, indexed) => {
      const found = weightFiles(names, indexed);
      if ("missing" in found) expect(names).not.toContain(found.missing);
      else expect([...new Set(found.files)].filter((file) => !names.includes(file))).toEqual([]);
      if ("files" in found) expect(found.files.length).toBeGreaterThan(0);
    }),
  );
});

test.each([
  ...["tokenizer.json", "tokenizer.model", "tiktoken.model", "qwen.tiktoken", "tekken.json", "vocab.json", "vocab.txt"],
  ...["spiece.model", "sentencepiece.bpe.model", "tokenizer.model.v3", "source.spm"],
])("%s is a tokenizer", (name) => expect(tokenizerForm(["config.json", name])).toBe("known"));

test.each(["tokenization_minimax.py", "tokenizer_config.json", "rwkv_vocab_v20230424.txt", "hy.model"])(
  "%s may be one",
  (name) => expect(tokenizerForm(["config.json", name])).toBe("possible"),
);

test("weights and settings alone are none", () => {
  expect(tokenizerForm(["config.json", "generation_config.json", "model.safetensors", "README.md"])).toBe("none");
});

test("an index is read as Python wrote it, and never leads outside of the model", () => {
  const index = (files: string[]) =>
    JSON.stringify({ weight_map: Object.fromEntries(files.map((file, at) => [at, file])) });
  expect(indexedFiles(index(["b.safetensors", "a.safetensors", "b.safetensors"]))).toEqual([
    "a.safetensors",
    "b.safetensors",
  ]);
  expect(indexedFiles('{"metadata": {"loss": NaN}, "weight_map": {"w": "a.safetensors"}}')).toEqual(["a.safetensors"]);
  for (const file of ["../a.safetensors", "/a.safetensors", "a/../../b.safetensors", "a.bin"])
    expect(indexedFiles(index([file]))).toBeNull();
  expect(indexedFiles("{}")).toBeNull();
});
