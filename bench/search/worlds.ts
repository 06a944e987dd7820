// Landscapes that a search meets: ln throughput and ln TTFT of every cell, drawn anew for each search.
import { knobsOf } from "../../worker/core/knobs.ts";
import type { Cell } from "../../worker/core/search/search.ts";

export interface Random {
  /** In [0, 1). */
  uniform: () => number;
  /** Mean 0, standard deviation 1. */
  normal: () => number;
}

export interface Landscape {
  cells: Cell[];
  /** ln throughput relative to the plainest cell. */
  speed: number[];
  /** ln TTFT likewise. */
  ttft: number[];
}

/** Level of each axis. */
type Place = readonly [kv: number, batch: number, context: number];
type Shape = readonly [kv: number, batch: number, context: number];

const SHAPE: Shape = [3, 2, 2];
const KNOB_SHAPE: Shape = [2, 3, 2];
const VALUES = { kv: [null, 8, 4], batch: [1, 2, 4], context: [4000, 8000] } as const;

/** Cell 0 has all first levels; the last axis runs fastest. */
function placesOf([kv, batch, context]: Shape): Place[] {
  const upTo = (count: number) => Array.from({ length: count }, (_, level) => level);
  return upTo(kv).flatMap((a) => upTo(batch).flatMap((b) => upTo(context).map((c): Place => [a, b, c])));
}

function landscape(shape: Shape, speedOf: (place: Place, index: number) => number, ttftOf?: (place: Place) => number) {
  const places = placesOf(shape);
  const cells = places.map(([kv, batch, context], index): Cell => {
    const max_context_override = VALUES.context[context] ?? null;
    const knobs = { kv_bits: VALUES.kv[kv] ?? null, max_concurrency_override: VALUES.batch[batch] ?? null };
    return { index, incumbent: false, knobs: knobsOf({ ...knobs, max_context_override }) };
  });
  return { cells, speed: places.map(speedOf), ttft: places.map((place) => ttftOf?.(place) ?? 0) };
}

export const WORLDS = { bench, knob, inert, real, iid, ladder, needle, equal } satisfies Record<
  string,
  (random: Random) => Landscape
>;
export type WorldName = keyof typeof WORLDS;
export const WORLD_NAMES = Object.keys(WORLDS) as WorldName[];

function bench({ normal }: Random): Landscape {
  const kv = [0, 0.1 * normal(), 0.1 * normal()];
  const batch = [0, 0.3 + 0.2 * normal()];
  const context = [0, 0.05 * normal()];
  return landscape(SHAPE, (place) => sumOf([kv, batch, context], place) + 0.03 * normal());
}

function knob({ uniform, normal }: Random): Landscape {
  const second = 0.2 + 0.5 * uniform();
  const axes = [
    [0, -0.02 + 0.05 * normal()],
    [0, second, second - 0.1 + 0.35 * uniform()],
    [0, 0.02 * normal()],
  ];
  const [kvTtft, contextTtft] = [0.03 * normal(), 0.15 * normal()];
  const pairs = new Map<string, number>();
  const pairOf = (name: string): number => {
    const effect = pairs.get(name) ?? 0.03 * normal();
    pairs.set(name, effect);
    return effect;
  };
  const speedOf = (place: Place): number => {
    const [a, b, c] = place;
    const met = [a && b ? `ab${a}${b}` : "", a && c ? `ac${a}${c}` : "", b && c ? `bc${b}${c}` : ""];
    const together = met.filter((name) => name !== "").reduce((sum, name) => sum + pairOf(name), 0);
    return sumOf(axes, place) + together + 0.01 * normal();
  };
  return landscape(KNOB_SHAPE, speedOf, ([a, , c]) => (a ? kvTtft : 0) + (c ? contextTtft : 0));
}

function inert({ uniform, normal }: Random): Landscape {
  const only = Math.floor(3 * uniform());
  const effects = [0, 0.15 * normal(), 0.15 * normal()];
  return landscape(KNOB_SHAPE, (place) => (effects[place[only] ?? 0] ?? 0) + 0.005 * normal());
}

function real({ uniform, normal }: Random): Landscape {
  const kv = [0, ...[-0.04 + 0.04 * normal(), -0.04 + 0.04 * normal()].toSorted((a, b) => b - a)];
  const batch = uniform() < 0.5 ? 0.2 + 0.4 * uniform() : 0.03 * normal();
  const context = [0, 0.01 * normal()];
  const onlyUnquantised = uniform() < 0.5;
  return landscape(SHAPE, ([a, b, c]) => {
    const batched = b > 0 && !(onlyUnquantised && a > 0) ? batch : 0;
    return (kv[a] ?? 0) + batched + (context[c] ?? 0) + 0.01 * normal();
  });
}

function iid({ normal }: Random): Landscape {
  return landscape(SHAPE, () => 0.15 * normal());
}

function ladder({ uniform }: Random): Landscape {
  const order = placesOf(SHAPE)
    .map((_, rung) => ({ rung, key: uniform() }))
    .toSorted((a, b) => a.key - b.key);
  return landscape(SHAPE, (_, index) => Math.max(Math.log(0.35), (order[index]?.rung ?? 0) * Math.log(0.9)));
}

function needle({ uniform }: Random): Landscape {
  const lucky = Math.floor(12 * uniform());
  return landscape(SHAPE, (_, index) => (index === lucky ? 0.1054 : 0));
}

function equal(): Landscape {
  return landscape(SHAPE, () => 0);
}

const sumOf = (axes: readonly (readonly number[])[], place: Place): number =>
  axes.reduce((sum, levels, axis) => sum + (levels[place[axis] ?? 0] ?? 0), 0);
