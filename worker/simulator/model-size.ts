// How big a model is, read from its id alone: the simulator has no weights to look at.
// Source: calibration.json, model_of_cost; KV sizes from the models' public configurations.

export interface ModelSize {
  /** Billions of parameters: all of them, and those that one token touches (mixture of experts). */
  paramsB: number;
  activeB: number;
  /** GB of weights in memory, and those read per token. */
  weightsGb: number;
  activeGb: number;
  /** Bytes of KV cache per token at 16 bits: 2 x layers x KV heads x head size x 2. */
  kvBytesPerToken: number;
}

/** Real sizes where the name rounds: [part of the id, billions of parameters, KV bytes per token]. */
const KNOWN: [RegExp, number, number][] = [
  [/qwen2\.5-(coder-)?32b/i, 32.8, 262_144],
  [/qwen2\.5-(coder-)?14b/i, 14.8, 196_608],
  [/qwen2\.5-(coder-)?7b/i, 7.6, 57_344],
  [/llama-3\.1-8b/i, 8.03, 131_072],
  [/llama-3\.2-3b/i, 3.21, 114_688],
  [/llama-3\.2-1b/i, 1.24, 32_768],
  [/phi-3\.5-mini/i, 3.8, 393_216],
];
const FALLBACK_PARAMS_B = 7;
/** Between a 1B and a 32B of today, cache per token grows about with the root of the size. */
const KV_BYTES_OF_ONE_BILLION = 60_000;
/** GB per billion parameters: values plus a scale and a bias per group of 64. */
const GB_PER_BILLION: [RegExp, number][] = [
  [/(8-?bit|int8|q8)(?!\d)/i, 1.0625],
  [/(bf16|fp16|f16|16-?bit)/i, 2],
];
const FOUR_BIT_GB = 0.5625;

/** Size a model by its id; 4 bit unless the id says otherwise, 7 billion if it has no size. */
export function modelSize(id: string): ModelSize {
  const known = KNOWN.find(([pattern]) => pattern.test(id));
  const paramsB = known?.[1] ?? sizeInName(id) ?? FALLBACK_PARAMS_B;
  const activeB = Math.min(paramsB, Number(/[-_]a(\d+(?:\.\d+)?)b/i.exec(id)?.[1] ?? paramsB));
  const gbPerBillion = GB_PER_BILLION.find(([pattern]) => pattern.test(id))?.[1] ?? FOUR_BIT_GB;
  return {
    paramsB,
    activeB,
    weightsGb: paramsB * gbPerBillion,
    activeGb: activeB * gbPerBillion,
    kvBytesPerToken: known?.[2] ?? KV_BYTES_OF_ONE_BILLION * Math.sqrt(paramsB),
  };
}

function sizeInName(id: string): number | null {
  const found = /(?:^|[-_/.a-z])(\d+(?:\.\d+)?)([bm])(?![a-z])/i.exec(id.split("/").at(-1) ?? id);
  if (found === null) return null;
  const value = Number(found[1]) / (found[2]?.toLowerCase() === "m" ? 1000 : 1);
  return value > 0 ? value : null;
}
