// Keeps NaN and infinity out of the database without losing the fact that they came.
// Source: contract §8: never trust a number, never an exception.

/** Passes finite numbers on, turns others into null, and remembers which. */
export class NumberSieve {
  /** One line per number that was none, e.g. "ttft_p95_ms was NaN". */
  readonly dropped: string[] = [];

  /** @returns the value if it is finite, else null; null and undefined stay null and are not remembered. */
  take(name: string, value: number | null | undefined): number | null {
    if (value === null || value === undefined) return null;
    if (Number.isFinite(value)) return value;
    this.dropped.push(`${name} was ${value}`);
    return null;
  }

  /** Write JSON with every number that is none as null, named by its key (or `name` inside lists). */
  json(name: string, value: unknown): string {
    return JSON.stringify(value, (key, inner: unknown) =>
      typeof inner === "number" ? this.take(/^\d*$/.test(key) ? name : key, inner) : inner,
    );
  }
}
