// How a machine loses speed over a search: four shapes, one drawn per search.

/** Seconds after which it is complete: what `fixed` takes for 12 cells. */
const WHOLE = 1380;
/** Heat comes and goes within so many seconds. */
const [WARMS_IN, LOADS_IN] = [300, 200];
/** Load while the server starts; a request is 1. */
const LOAD_OF_START = 0.2;

export const SHAPES = ["lin", "heat", "hump", "load"] as const;
export type DriftShape = (typeof SHAPES)[number];

/** Time passes through `pass`; `loss` is the share of speed that is lost now, 0 to `most`. */
export function driftOf(shape: DriftShape, most: number) {
  let [seconds, load] = [0, 0];
  return {
    pass(length: number, isRequest: boolean): void {
      const towards = isRequest ? 1 : LOAD_OF_START;
      seconds += length;
      load = towards + (load - towards) * Math.exp(-length / LOADS_IN);
    },
    loss: (): number => most * shareOf(shape, seconds, load),
  };
}

function shareOf(shape: DriftShape, seconds: number, load: number): number {
  if (shape === "lin") return Math.min(1, seconds / WHOLE);
  if (shape === "heat") return (1 - Math.exp(-seconds / WARMS_IN)) / (1 - Math.exp(-4.6));
  if (shape === "hump") return seconds < WHOLE ? Math.sin((Math.PI * seconds) / WHOLE) : 0;
  return load;
}
