// "Did you mean …?": the nearest known name for one that is not known.
// Source: contract §3, settings are refused by name.

/**
 * Find the known name that is nearest to a mistyped one. Case and `-`/`_` do not count.
 * @returns null if none is near: more than a third of the longer name would have to change
 */
export function nearestName(asked: string, known: readonly string[]): string | null {
  const target = fold(asked.slice(0, 64));
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(target, fold(name));
    const allowed = Math.floor(Math.max(target.length, name.length) / 3);
    if (distance <= allowed && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/** Count insertions, deletions, replacements and swaps of neighbours from a to b (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped =
        a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1] ? at(beforeLast, column - 2) + 1 : Infinity;
      current.push(Math.min(replaced, swapped, at(last, column) + 1, at(current, column - 1) + 1));
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
