import { describe, expect, test } from "@jest/globals";
import { snippet } from "../../../worker/core/measure/error-body.ts";
import { acceptEvent, generatedTokens, startStream, streamSample } from "../../../worker/core/measure/stream.ts";

const role = JSON.stringify({ choices: [{ delta: { role: "assistant", content: "" } }] });
const text = (content: string) => JSON.stringify({ choices: [{ delta: { content } }] });
const usage = (prompt_tokens: number, completion_tokens: number, more: object = {}) =>
  JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens, ...more } });

/** Feed (data, arrival) pairs to a stream that started at 1000 ms. */
function stream(...events: [data: string, atMs: number][]) {
  const state = startStream(1000);
  for (const [data, atMs] of events) expect(acceptEvent(state, data, atMs)).toBeNull();
  return state;
}

describe("timing of a stream", () => {
  test("TTFT is the first non-empty output, not the role delta", () => {
    const state = stream(
      [role, 1010],
      [text("a"), 1200],
      [text("b"), 1300],
      [usage(2000, 101), 1310],
      ["[DONE]", 1311],
    );
    const figures = streamSample(state, 128);
    // decode: 2 chunks for 101 tokens are about 51 a chunk (rounded); (101 − 51) / 100 ms = 500 tok/s
    expect(figures).toEqual({
      sample: {
        ttftMs: 200,
        totalMs: 310,
        promptTokens: 2000,
        completionTokens: 101,
        cachedTokens: 0,
        decodeTps: 500,
        prefillTps: 10_000,
      },
    });
  });

  test("one token per chunk gives (N − 1) / (last − first)", () => {
    const chunks = Array.from({ length: 41 }, (_, i): [string, number] => [text("x"), 1100 + i * 25]);
    const figures = streamSample(stream(...chunks, [usage(500, 41), 2150]), 128);
    expect(figures).toMatchObject({ sample: { ttftMs: 100, decodeTps: 40 } });
  });

  test("four tokens per chunk are not taken for one", () => {
    const chunks = Array.from({ length: 10 }, (_, i): [string, number] => [text("abcd"), 1100 + i * 100]);
    const figures = streamSample(stream(...chunks, [usage(500, 40), 2010]), 128);
    expect(figures).toMatchObject({ sample: { decodeTps: 40 } });
  });

  test("reasoning and tool text count as output", () => {
    const reasoning = JSON.stringify({ choices: [{ delta: { reasoning_content: "hm" } }] });
    const tool = JSON.stringify({ choices: [{ delta: { tool_calls: [{ function: { arguments: "{}" } }] } }] });
    expect(stream([reasoning, 1050], [tool, 1060]).outputTimesMs).toEqual([1050, 1060]);
  });

  test("text of older endpoints counts, and a thought that comes under several names counts once", () => {
    const chunk = (choice: object) => JSON.stringify({ choices: [choice] });
    const state = stream(
      [chunk({ text: "a" }), 1040],
      [chunk({ delta: { reasoning: "hm", reasoning_content: "hm", content: "b" } }), 1050],
    );
    expect([state.text, state.outputTimesMs]).toEqual(["abhm", [1040, 1050]]);
  });

  test.each([
    ["OpenAI's details", { usage: { prompt_tokens_details: { cached_tokens: 7 } } }],
    ["usage itself", { usage: { cached_tokens: 7 } }],
    ["llama-server's timings", { usage: { prompt_tokens: 9 }, timings: { cache_n: 7 } }],
  ])("cached tokens are read from %s", (_, event) => {
    expect(stream([JSON.stringify(event), 1100]).cachedTokens).toBe(7);
  });

  test("the provider's own count of generated tokens goes before the visible ones", () => {
    const state = stream([text("a"), 1100], [usage(10, 40, { macprovider_generated_completion_tokens: 90 }), 1200]);
    expect(generatedTokens(state)).toBe(90);
  });
});

describe("what makes a replicate invalid", () => {
  test("no usage", () =>
    expect(streamSample(stream([text("a"), 1100], [text("b"), 1200]), 128)).toEqual({
      invalid: "the answer carried no usage",
    }));
  test("fewer than 32 tokens", () =>
    expect(streamSample(stream([text("a"), 1100], [text("b"), 1200], [usage(9, 31), 1201]), 128)).toEqual({
      invalid:
        "only 31 tokens came (at least 32 wanted): the model ended its answer early; --max-tokens 31 judges it by so few",
    }));
  test("but not if max_tokens allowed no more", () =>
    expect(streamSample(stream([text("a"), 1100], [text("b"), 1200], [usage(9, 8), 1201]), 8)).toHaveProperty(
      "sample",
    ));
  test("first and last chunk at the same time", () =>
    expect(streamSample(stream([text("a b c"), 1100], [usage(9, 40), 1101]), 128)).toHaveProperty("invalid"));
});

describe("what ends a request with a reason", () => {
  const reject = (data: string) => acceptEvent(startStream(0), data, 1);
  test.each([
    ["not JSON", "{oops", "bad_response", /not JSON: \{oops/],
    ["NaN in usage", '{"choices":[],"usage":{"prompt_tokens":NaN,"completion_tokens":1}}', "bad_response", /not JSON/],
    ["negative count", usage(10, -5), "bad_response", /usage\.completion_tokens/],
    [
      "a count that is text",
      '{"usage":{"prompt_tokens":"12","completion_tokens":1}}',
      "bad_response",
      /usage\.prompt_tokens/,
    ],
    ["fraction of a token", usage(1.5, 3), "bad_response", /usage\.prompt_tokens/],
    ["error object", '{"error":{"message":"no memory"}}', "request_failed", /error in the stream: no memory/],
    ["error text", '{"error":"boom"}', "request_failed", /boom/],
    ["an array", "[1]", "bad_response", /chunk/],
  ])("%s", (_, data, failure, reason) => {
    expect(reject(data)).toMatchObject({ class: failure, reason: expect.stringMatching(reason) });
  });

  test("an empty answer is a misfit, not an invalid replicate", () => {
    expect(streamSample(stream([role, 1010], [usage(5, 0), 1020]), 128)).toMatchObject({
      misfit: { class: "empty_output" },
    });
  });
});

test("foreign text is cut to one line of 200 characters", () => {
  expect(snippet(`a\n\n b ${"x".repeat(500)}`)).toHaveLength(201);
  expect(snippet("a\n\tb")).toBe("a b");
});
