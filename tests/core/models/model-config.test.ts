import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  kvBytesPerToken,
  needsTokenizerJson,
  stopTokens,
  trainedPositions,
} from "../../../worker/core/models/model-config.ts";

const qwen7b = { num_hidden_layers: 28, num_attention_heads: 28, num_key_value_heads: 4, hidden_size: 3584 };

test("KV bytes per token: 2 × 28 layers × 4 heads × 128 × 2 bytes = 57,344", () => {
  expect(kvBytesPerToken(qwen7b)).toBe(57_344);
});

test("a head dimension of its own beats the quotient, missing KV heads mean as many as attention heads", () => {
  expect(kvBytesPerToken({ ...qwen7b, head_dim: 256 })).toBe(114_688);
  expect(kvBytesPerToken({ ...qwen7b, num_key_value_heads: null })).toBe(401_408);
});

test("multimodal models are read from their text_config", () => {
  expect(kvBytesPerToken({ num_hidden_layers: 2, text_config: qwen7b, vision_config: {} })).toBe(57_344);
});

test("layers without attention keep no cache: 6 of 8 linear leaves 2 × 2 × 4 × 128 × 2 = 4,096", () => {
  const layer_types = ["full_attention", ...Array<string>(6).fill("linear_attention"), "sliding_attention"];
  expect(kvBytesPerToken({ ...qwen7b, layer_types })).toBe(4_096);
});

test.each([
  ["no numbers", {}],
  ["a latent cache", { ...qwen7b, kv_lora_rank: 512 }],
  ["heads that do not divide the hidden size", { ...qwen7b, hidden_size: 3585 }],
  ["heads per layer", { ...qwen7b, num_key_value_heads: [4, 2], num_attention_heads: [4, 2] }],
  ["no object", "config"],
])("%s: unknown", (_name, config) => {
  expect(kvBytesPerToken(config)).toBeNull();
});

test("end tokens come from every file that names them, once each", () => {
  const tokenizerConfig = {
    eos_token: { content: "<|im_end|>", lstrip: false },
    added_tokens_decoder: { 7: { content: "<|im_end|>" }, 8: { content: "<|endoftext|>" } },
  };
  const files = {
    tokenizerConfig,
    specialTokensMap: { eos_token: "</s>" },
    generationConfig: { eos_token_id: [7, 8] },
  };
  expect(stopTokens(files)).toEqual(["<|im_end|>", "</s>", "<|endoftext|>"]);
  expect(needsTokenizerJson(files)).toBe(false);
});

test("an end token known by number only is spelt by tokenizer.json", () => {
  const files = { config: { eos_token_id: 2 } };
  expect(needsTokenizerJson(files)).toBe(true);
  const tokenizer = { added_tokens: [{ id: 2, content: "<|end|>" }] };
  expect(stopTokens({ ...files, tokenizer })).toEqual(["<|end|>"]);
});

test("blank end tokens do not count: they would be found in any text", () => {
  expect(stopTokens({ tokenizerConfig: { eos_token: "\n" }, specialTokensMap: { eos_token: "" } })).toEqual([]);
});

test("the positions a model was trained for, stretched ones included", () => {
  expect(trainedPositions({ max_position_embeddings: 2048 })).toBe(2048);
  expect(trainedPositions({ n_positions: 1024 })).toBe(1024);
  expect(trainedPositions({ max_position_embeddings: 64, text_config: { max_position_embeddings: 131_072 } })).toBe(
    131_072,
  );
  expect(trainedPositions({ max_position_embeddings: 32_768, text_config: { hidden_size: 8 } })).toBe(32_768);
  const yarn = { type: "yarn", factor: 4, original_max_position_embeddings: 32_768 };
  expect(trainedPositions({ max_position_embeddings: 32_768, rope_scaling: yarn })).toBe(131_072);
  const llama3 = { rope_type: "llama3", factor: 8, original_max_position_embeddings: 8192 };
  expect(trainedPositions({ max_position_embeddings: 131_072, rope_scaling: llama3 })).toBe(131_072);
  for (const config of [{}, null, { max_position_embeddings: "many" }, { max_position_embeddings: 0 }])
    expect(trainedPositions(config)).toBeNull();
});

test("no JSON value makes it throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      kvBytesPerToken(value);
      stopTokens({ config: value, tokenizerConfig: value, specialTokensMap: value, tokenizer: value });
      needsTokenizerJson({ generationConfig: value });
      trainedPositions(value);
    }),
  );
});
