import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { generatesText } from "../../../worker/core/models/model-config.ts";
import { otherPurpose } from "../../../worker/core/models/model-purpose.ts";

const WRITER = { architectures: ["Qwen3ForCausalLM"], model_type: "qwen3" };
const traces = { id: "org/Qwen3-8B-4bit", config: WRITER, names: ["config.json", "tokenizer.json"], card: "" };

test("embedders and encoder-decoder models generate no text", () => {
  expect(generatesText({ architectures: ["Qwen2ForCausalLM"] })).toBe(true);
  expect(generatesText({ architectures: ["Gemma3ForConditionalGeneration"] })).toBe(true);
  expect(generatesText({ model_type: "llama" })).toBe(true);
  expect(generatesText({ architectures: ["BertModel"] })).toBe(false);
  expect(generatesText({ architectures: ["T5ForConditionalGeneration"], is_encoder_decoder: true })).toBe(false);
  expect(generatesText(undefined)).toBe(false);
});

test.each([
  ["speech to text in MLX's own form", { n_mels: 80, n_audio_ctx: 1500, model_type: "whisper" }],
  ["speech to text", { architectures: ["VoxtralForConditionalGeneration"] }],
  ["text to speech", { architectures: ["Qwen3TTSForConditionalGeneration"] }],
  ["text to speech without an architecture", { model_type: "kokoro" }],
  ["pictures", { architectures: ["SiglipModel"] }],
  ["a reward model", { architectures: ["LlamaForSequenceClassification"] }],
])("a model for %s generates no text", (_name, config) => expect(generatesText(config)).toBe(false));

test("a language model may be tried unasked, whatever else its name and its card hold", () => {
  expect(otherPurpose(traces)).toBeNull();
  for (const id of [
    "org/Llama-3.2-3B-Instruct-4bit",
    "org/gemma-3n-E4B-it",
    "google/gemma-2b",
    "x/Beetle-e50",
    "o/bgem",
  ])
    expect(otherPurpose({ ...traces, id })).toBeNull();
  for (const task of ["text-generation", "image-text-to-text", "any-to-any"])
    expect(otherPurpose({ ...traces, card: `---\nlicense: mit\npipeline_tag: ${task}\n---\n# It` })).toBeNull();
  expect(otherPurpose({ ...traces, card: "pipeline_tag: text-to-speech" })).toBeNull();
});

test.each([
  [
    "files of an embedder",
    { names: ["config.json", "modules.json"] },
    /^modules.json says that it is made for embeddings/,
  ],
  ["its pooling folder", { names: ["1_Pooling"] }, /^1_Pooling says/],
  ["a card of a speech model", { card: "---\npipeline_tag: text-to-speech\n---" }, /its card .* text-to-speech/],
  ["a card of a ranker", { card: '---\r\npipeline_tag: "text-ranking"\r\n---' }, /text-ranking/],
  ["the library of its card", { card: "---\nlibrary_name: sentence-transformers\n---" }, /embeddings/],
  ["its name", { id: "mlx-community/Qwen3-Embedding-8B-4bit-DWQ" }, /^"Embedding" in its name/],
  ["its name", { id: "mlx-community/Qwen3-Reranker-4B-mxfp8" }, /^"Reranker" in its name/],
  ["its name", { id: "nvidia/NV-Embed-v2" }, /^"Embed" in its name/],
  ["its name", { id: "Alibaba-NLP/gte-Qwen2-7B-instruct" }, /^"gte" in its name/],
  ["its name", { id: "mlx-community/orpheus-3b-tts-4bit" }, /^"tts" in its name/],
])("%s tells that it does not write text", (_name, changes, reason) =>
  expect(otherPurpose({ ...traces, ...changes })).toMatch(reason),
);

test("no text and no JSON value makes it throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (config, text) => {
      otherPurpose({ id: text, config, names: [text], card: `---\n${text}` });
    }),
  );
});

test("a megabyte of card or name is read to its end", () => {
  for (const part of ["-", "---\n", "a: ", "embed"]) {
    const long = part.repeat(1_000_000 / part.length);
    otherPurpose({ ...traces, card: long, names: [long], id: long });
  }
});
