import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { advance, msToNextEvent, type Sequence } from "../../worker/simulator/engine.ts";

const sequence = (id: number, changes: Partial<Sequence> = {}): Sequence => ({
  id,
  promptTokens: 100,
  maxTokens: 5,
  prefillWorkMs: 100,
  prefillDoneMs: 0,
  stepFactor: 1,
  tokens: 0,
  ...changes,
});
const step10 = () => 10;

test("a lone request gets its first token when its prefill ends, then one per step", () => {
  expect(msToNextEvent([sequence(1)], 1, step10)).toBe(100);
  expect(advance([sequence(1)], 1, step10, 99.9).events).toEqual([]);
  expect(advance([sequence(1)], 1, step10, 100).events).toEqual([{ id: 1, newTokens: 1 }]);
  expect(advance([sequence(1)], 1, step10, 125).events).toEqual([{ id: 1, newTokens: 3 }]);
  expect(advance([sequence(1)], 1, step10, 140).events).toEqual([{ id: 1, newTokens: 5 }]);
});

test("it never writes more than was asked for", () => {
  const { sequences, events } = advance([sequence(1)], 1, step10, 1_000_000);
  expect(events).toEqual([{ id: 1, newTokens: 5 }]);
  expect(msToNextEvent(sequences, 1, step10)).toBe(Infinity);
});

test("with one slot the second request waits for the first", () => {
  const { events } = advance([sequence(1), sequence(2)], 1, step10, 239);
  expect(events).toEqual([{ id: 1, newTokens: 5 }]);
  expect(advance([sequence(1), sequence(2)], 1, step10, 280).events).toContainEqual({ id: 2, newTokens: 5 });
});

test("with two slots both prompts share the machine", () => {
  const both = [sequence(1), sequence(2)];
  expect(advance(both, 2, step10, 199).events).toEqual([]);
  expect(advance(both, 2, step10, 200).events).toEqual([
    { id: 1, newTokens: 1 },
    { id: 2, newTokens: 1 },
  ]);
});

test("a prefill takes half of the machine from a stream that is being written", () => {
  const writing = sequence(1, { prefillDoneMs: 100, tokens: 1, maxTokens: 1000 });
  const { events } = advance([writing, sequence(2)], 2, step10, 200);
  expect(events).toEqual([
    { id: 1, newTokens: 10 },
    { id: 2, newTokens: 1 },
  ]);
});

test("however time is cut into pieces, the same tokens come", () => {
  const cuts = fc.array(fc.double({ min: 0.01, max: 40, noNaN: true }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(cuts, fc.integer({ min: 1, max: 3 }), (pieces, slots) => {
      const start = [sequence(1), sequence(2, { prefillWorkMs: 37 }), sequence(3, { stepFactor: 1.3, maxTokens: 9 })];
      const byPieces = pieces.reduce((state, ms) => advance(state, slots, step10, ms).sequences, start);
      const atOnce = advance(
        start,
        slots,
        step10,
        pieces.reduce((sum, ms) => sum + ms, 0),
      ).sequences;
      for (const [i, one] of byPieces.entries()) expect(one.tokens).toBeCloseTo(atOnce[i]?.tokens ?? NaN, 5);
    }),
    { numRuns: 200 },
  );
});
