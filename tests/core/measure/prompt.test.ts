import { expect, test } from "@jest/globals";
import {
  calibrate,
  correctScale,
  nonce,
  promptText,
  requestNumber,
  scaleFrom,
  withinTarget,
  wordsFor,
} from "../../../worker/core/measure/prompt.ts";

test("the scale is a line through two counted prompts", () => {
  expect(scaleFrom({ words: 24, tokens: 68 }, { words: 96, tokens: 176 })).toEqual({
    tokensPerWord: 1.5,
    overheadTokens: 32,
  });
});

test("counts that do not grow give no scale", () => {
  expect(scaleFrom({ words: 24, tokens: 64 }, { words: 96, tokens: 64 })).toBeNull();
});

test("words never exceed the target", () => {
  // (2000 − 33) / 1.5 = 1311.3
  expect(wordsFor({ tokensPerWord: 1.5, overheadTokens: 33 }, 2000)).toBe(1311);
  expect(wordsFor({ tokensPerWord: 1.5, overheadTokens: 500 }, 400)).toBe(1);
});

test("a count at full length corrects the overhead", () => {
  expect(correctScale({ tokensPerWord: 1, overheadTokens: 30 }, 1000, 1050)).toEqual({
    tokensPerWord: 1,
    overheadTokens: 50,
  });
});

test("within ± 1 %, but never tighter than one word", () => {
  expect(withinTarget(1980, 2000, 0.01)).toBe(true);
  expect(withinTarget(1979, 2000, 0.01)).toBe(false);
  expect(withinTarget(98, 100, 0.01, { tokensPerWord: 2, overheadTokens: 0 })).toBe(true);
});

test("nonces: twelve digits, the same for the same request, different for every other", () => {
  expect(nonce(1, 2, 3)).toMatch(/^\d( \d){11}$/);
  expect(nonce(1, 2, 3)).toBe(nonce(1, 2, 3));
  const many = new Set<string>();
  for (let set = 0; set < 20; set += 1)
    for (let request = 0; request < 100; request += 1) many.add(nonce(7, set, request));
  expect(many.size).toBe(2000);
});

test("the nonce stands at the very start and all prompts of a length have equally many words", () => {
  const prompt = promptText("1 2 3", 40);
  expect(prompt.startsWith("1 2 3 the time")).toBe(true);
  expect(prompt.split(" ")).toHaveLength(3 + 40 + 5);
});

test("requests of all rounds of a cell have numbers of their own, up to the most that a cell batches", () => {
  const numbers = [0, 1, 2, 3].flatMap((round) =>
    Array.from({ length: 256 }, (_, stream) => requestNumber(round, stream)),
  );
  expect(new Set(numbers).size).toBe(1024);
  expect(() => requestNumber(0, 1024)).toThrow("1025 requests at once");
});

test("what is left of two short prompts without their words is the template's, and stays so", () => {
  const scale = calibrate({ words: 24, tokens: 254 }, { words: 96, tokens: 326 });
  expect(scale).toEqual({ tokensPerWord: 1, overheadTokens: 230, templateTokens: 230 });
  expect(scale && correctScale(scale, 1000, 1290)).toEqual({
    tokensPerWord: 1,
    overheadTokens: 290,
    templateTokens: 230,
  });
  expect(calibrate({ words: 24, tokens: 64 }, { words: 96, tokens: 64 })).toBeNull();
});
