// The simulator's noise: a seeded generator, so that a profile with a seed gives the same figures in every process.
// Algorithms: FNV-1a for the seed, mulberry32 for the numbers, Box-Muller for the bell curve.

export type Random = () => number;

/** Make a generator of numbers in [0, 1) from any text. */
export function seededRandom(seedText: string): Random {
  let state = fnv1a(seedText);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Draw a factor around 1 with this coefficient of variation: log-normal, always > 0. */
export function noiseFactor(random: Random, cv: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(normal * cv);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}
