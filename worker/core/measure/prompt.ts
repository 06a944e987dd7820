// The prompt of a request: a nonce at its very start, then filler scaled to the target length by what the provider itself counts.
// Source: contract §8 (target ± 1 %, nonce different for every request of a cell, same set for every cell of a pass).

/** Common short words: one token each in the usual vocabularies, so that length grows evenly. */
const WORDS =
  "the time of day when people go out to see what is new in town and then come back home to eat and talk with old friends".split(
    " ",
  );

/** Words of a nonce: single digits, which cost the same in every nonce. */
const NONCE_DIGITS = 12;

/** Requests that are sent at once have numbers below this: more than any cell batches. */
const MOST_STREAMS = 1024;

/** @returns the number of a request among all of its set: no two of them share one */
export function requestNumber(round: number, stream: number): number {
  if (stream >= MOST_STREAMS)
    throw new RangeError(`${stream + 1} requests at once; prompts are numbered for ${MOST_STREAMS}`);
  return round * MOST_STREAMS + stream;
}

/** Tokens as a function of filler words: overhead + perWord × words. */
export interface PromptScale {
  overheadTokens: number;
  tokensPerWord: number;
  /**
   * Tokens of everything but the filler, as two short prompts told: the chat template's own text, which every request begins with,
   * and the nonce. Absent where it was not counted.
   */
  templateTokens?: number | undefined;
}

/** What is assumed before anything was counted. */
export const UNSCALED: PromptScale = { overheadTokens: 32, tokensPerWord: 1 };

/** @returns a deterministic nonce for (seed, set, request): twelve digits with spaces. */
export function nonce(seed: number, set: number, request: number): string {
  let hash = 2166136261;
  const digits: number[] = [];
  for (let place = 0; place < NONCE_DIGITS; place += 1) {
    for (const value of [seed, set, request, place]) hash = Math.imul(hash ^ (value >>> 0), 16777619) ^ (hash >>> 13);
    digits.push((hash >>> 0) % 10);
  }
  return digits.join(" ");
}

/** @returns nonce, then `words` words of filler, then the task. */
export function promptText(nonceText: string, words: number): string {
  const filler = Array.from({ length: words }, (_, i) => WORDS[i % WORDS.length]).join(" ");
  return `${nonceText} ${filler} Now tell a long story.`;
}

/** Derive the scale from two counted prompts of different length. @returns null if the counts do not grow. */
export function scaleFrom(
  a: { words: number; tokens: number },
  b: { words: number; tokens: number },
): PromptScale | null {
  const tokensPerWord = (b.tokens - a.tokens) / (b.words - a.words);
  if (!Number.isFinite(tokensPerWord) || tokensPerWord <= 0) return null;
  return { tokensPerWord, overheadTokens: a.tokens - a.words * tokensPerWord };
}

/** As `scaleFrom`, of two prompts short enough that what is left without their words is the template's. */
export function calibrate(
  a: { words: number; tokens: number },
  b: { words: number; tokens: number },
): PromptScale | null {
  const scale = scaleFrom(a, b);
  return scale && { ...scale, templateTokens: Math.max(0, Math.ceil(scale.overheadTokens)) };
}

/** @returns filler words so that the prompt does not exceed `targetTokens`, at least 1. */
export function wordsFor(scale: PromptScale, targetTokens: number): number {
  return Math.max(1, Math.floor((targetTokens - scale.overheadTokens) / scale.tokensPerWord));
}

/** Shift the overhead so that the scale explains a count at full length. */
export function correctScale(scale: PromptScale, words: number, tokens: number): PromptScale {
  return { ...scale, overheadTokens: tokens - words * scale.tokensPerWord };
}

/** True if the count is within `share` of the target (0.01 = ± 1 %), but never demands better than one word. */
export function withinTarget(
  tokens: number,
  targetTokens: number,
  share: number,
  scale: PromptScale = UNSCALED,
): boolean {
  return Math.abs(tokens - targetTokens) <= Math.max(targetTokens * share, scale.tokensPerWord);
}
