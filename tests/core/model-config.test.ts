import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { generatesText, kvBytesPerToken, needsTokenizerJson, stopTokens } from "../../worker/core/model-config.ts";

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

test("embedders and encoder-decoder models generate no text", () => {
  expect(generatesText({ architectures: ["Qwen2ForCausalLM"] })).toBe(true);
  expect(generatesText({ architectures: ["Gemma3ForConditionalGeneration"] })).toBe(true);
  expect(generatesText({ model_type: "llama" })).toBe(true);
  expect(generatesText({ architectures: ["BertModel"] })).toBe(false);
  expect(generatesText({ architectures: ["T5ForConditionalGeneration"], is_encoder_decoder: true })).toBe(false);
  expect(generatesText(undefined)).toBe(false);
});

test("no JSON value makes it throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      kvBytesPerToken(value);
      stopTokens({ config: value, tokenizerConfig: value, specialTokensMap: value, tokenizer: value });
      needsTokenizerJson({ generationConfig: value });
      generatesText(value);
    }),
  );
});
