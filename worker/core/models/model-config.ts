// What a model's own JSON files say: KV cache per token, positions it was trained for, end tokens as text, and whether it
// generates text at all. Pure and forgiving: unknown shapes give null, an empty list or "yes", never an error. Source: contract §6, §7.
import * as z from "zod";

/** Bytes of one cached number at full (16-bit) precision. */
const CACHE_NUMBER_BYTES = 2;

const positive = z.int().positive().nullish().catch(null);
const Config = z.object({
  num_hidden_layers: positive,
  num_attention_heads: positive,
  num_key_value_heads: positive,
  head_dim: positive,
  hidden_size: positive,
  kv_lora_rank: positive,
  layer_types: z.array(z.string()).nullish().catch(null),
});
const Outer = z.object({ text_config: z.looseObject({}).nullish().catch(null) });
const TokenText = z.union([z.string(), z.object({ content: z.string() }).transform((token) => token.content)]);
const EosText = z.object({ eos_token: TokenText.nullish().catch(null) });
const EosIds = z.object({
  eos_token_id: z
    .union([z.int().transform((id) => [id]), z.array(z.int())])
    .nullish()
    .catch(null),
});
const Decoder = z.object({ added_tokens_decoder: z.record(z.string(), TokenText).nullish().catch(null) });
const AddedTokens = z.object({
  added_tokens: z
    .array(z.object({ id: z.int(), content: z.string() }))
    .nullish()
    .catch(null),
});

/**
 * Compute the KV cache that one token of context takes at 16 bits, over all layers that attend: an upper bound where
 * layers slide. Source: 2 (K and V) × layers × KV heads × head dimension × 2 bytes.
 * @param config content of config.json; multimodal models keep theirs in `text_config`
 * @returns bytes; null if a number is missing or the cache is compressed (latent attention)
 */
export function kvBytesPerToken(config: unknown): number | null {
  const outer = Outer.safeParse(config);
  const parsed = Config.safeParse(outer.success && outer.data.text_config ? outer.data.text_config : config);
  if (!parsed.success) return null;
  const { num_attention_heads: heads, hidden_size: hidden, kv_lora_rank: latent } = parsed.data;
  const layers = attendingLayers(parsed.data);
  const kvHeads = parsed.data.num_key_value_heads ?? heads;
  const headDim = parsed.data.head_dim ?? (heads && hidden ? hidden / heads : null);
  if (latent || !layers || !kvHeads || !headDim || !Number.isInteger(headDim)) return null;
  return 2 * layers * kvHeads * headDim * CACHE_NUMBER_BYTES;
}

function attendingLayers(config: z.infer<typeof Config>): number | null {
  // Hybrid models name each layer; linear or state-space layers keep a state of fixed size instead of a cache.
  if (config.layer_types?.length)
    return config.layer_types.filter((type) => /^(?!linear).*attention/.test(type)).length;
  return config.num_hidden_layers ?? null;
}

const rope = z
  .object({ factor: z.number().positive().nullish().catch(null), original_max_position_embeddings: positive })
  .nullish()
  .catch(null);
const Positions = z.object({
  max_position_embeddings: positive,
  n_positions: positive,
  max_sequence_length: positive,
  max_seq_len: positive,
  seq_length: positive,
  rope_scaling: rope,
  rope_parameters: rope,
});

/**
 * Read how many positions a model was trained for, stretched positions (RoPE scaling) included.
 * @param config content of config.json; multimodal models keep theirs in `text_config`
 * @returns tokens; null if it does not say
 */
export function trainedPositions(config: unknown): number | null {
  const outer = Outer.safeParse(config);
  const places = [outer.success ? outer.data.text_config : null, config];
  for (const place of places) {
    const { data } = Positions.safeParse(place);
    if (!data) continue;
    const said = data.max_position_embeddings ?? data.n_positions ?? data.max_sequence_length;
    const plain = said ?? data.max_seq_len ?? data.seq_length;
    const stretched = [data.rope_scaling, data.rope_parameters].map(
      (one) => (one?.factor ?? 0) * (one?.original_max_position_embeddings ?? 0),
    );
    if (plain != null) return Math.round(Math.max(plain, ...stretched));
  }
  return null;
}

/** @returns what to know of a model that is asked for more tokens than it was trained for; null if it is not */
export function trainedForLess(positions: number | null, targetContext: number): string | null {
  if (positions === null || positions >= targetContext) return null;
  return `trained for ${positions} positions, fewer than the ${targetContext} tokens asked for: what it writes beyond them may make no sense, however fast it is`;
}

/** Parsed JSON of a model's files; `undefined` where a file is missing. */
export interface TokenFiles {
  config?: unknown;
  tokenizerConfig?: unknown;
  specialTokensMap?: unknown;
  generationConfig?: unknown;
  /** tokenizer.json; only needed if `needsTokenizerJson`. */
  tokenizer?: unknown;
}

/**
 * Collect the model's own end tokens as text.
 * @returns distinct, non-blank, in order of discovery; empty if the files name none
 */
export function stopTokens(files: TokenFiles): string[] {
  const texts = [files.tokenizerConfig, files.specialTokensMap].map((file) => EosText.safeParse(file).data?.eos_token);
  const names = tokenNames(files);
  const byId = eosIds(files).map((id) => names.get(id));
  return [...new Set([...texts, ...byId])].filter((text): text is string => !!text?.trim());
}

/** True if an end token is known by number only and tokenizer_config.json does not spell it. */
export function needsTokenizerJson(files: TokenFiles): boolean {
  const names = tokenNames(files);
  return eosIds(files).some((id) => !names.has(id));
}

function eosIds(files: TokenFiles): number[] {
  return [files.generationConfig, files.config].flatMap((file) => EosIds.safeParse(file).data?.eos_token_id ?? []);
}

function tokenNames(files: TokenFiles): Map<number, string> {
  const added = AddedTokens.safeParse(files.tokenizer).data?.added_tokens ?? [];
  const decoder = Decoder.safeParse(files.tokenizerConfig).data?.added_tokens_decoder ?? {};
  return new Map([
    ...added.map((token): [number, string] => [token.id, token.content]),
    ...Object.entries(decoder).map(([id, text]): [number, string] => [Number(id), text]),
  ]);
}

const Kind = z.object({
  architectures: z.array(z.string()).nullish().catch(null),
  is_encoder_decoder: z.boolean().nullish().catch(null),
  model_type: z.string().nullish().catch(null),
  n_mels: z.unknown().optional(),
});

const WRITERS = /CausalLM|ConditionalGeneration|LMHead/;
/** Architectures that end like a writer's but hear, speak, see or translate. */
const NO_WRITERS =
  /Whisper|Speech|TTS|^Csm|^Dia[A-Z]|^Bark|Parler|Musicgen|Seamless|Moshi|Voxtral|Vits|^M?T5|^U?MT5|Bart|Pegasus|Marian|^Blip|Retrieval|Classification|Reward|Embedding|Rerank/;
const NO_WRITER_TYPES =
  /whisper|wav2vec|hubert|parakeet|kokoro|tts|bark|encodec|snac|mimi|musicgen|clip|siglip|^vit|dino|bert|^m?t5|embed|rerank|colpali|colqwen/i;

/**
 * Tell whether a model writes text token by token, by its config.json. Embedders and encoder-decoder models do not; a config
 * that does not say counts as yes.
 */
export function generatesText(config: unknown): boolean {
  const kind = Kind.safeParse(config);
  if (!kind.success) return false;
  const { architectures, is_encoder_decoder: encoderDecoder, model_type: type, n_mels: mels } = kind.data;
  if (encoderDecoder || mels !== undefined) return false;
  if (!architectures?.length) return type == null || !NO_WRITER_TYPES.test(type);
  return architectures.some((name) => WRITERS.test(name) && !NO_WRITERS.test(name));
}
