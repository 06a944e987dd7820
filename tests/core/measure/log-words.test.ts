import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { errorWords, threadDeath } from "../../../worker/core/measure/log-words.ts";
import { mlxLmServer } from "../../../worker/providers/mlx-lm-server.ts";

const log = (name: string): string => readFileSync(`tests/fixtures/provider-logs/${name}.txt`, "utf8");

describe("what a log says of a request that was not answered", () => {
  test("the exception of a handler that died, whatever was logged after it", () => {
    expect(errorWords(log("mlx-lm-handler-died"))).toBe("NotImplementedError: RotatingKVCache Quantization NYI");
    expect(errorWords(log("mlx-lm-no-cache-folder"))).toMatch(
      /^huggingface_hub\.errors\.CacheNotFound: Cache directory/,
    );
  });

  test.each([
    ["one line of its own", "loading\nNotImplementedError: NYI\n", "NotImplementedError: NYI"],
    ["an error line", "I srv start\nE srv  decode: error: no slot\nI srv idle\n", "E srv  decode: error: no slot"],
    ["Swift's", "Fatal error: Index out of range: file x.swift, line 3\n", /^Fatal error: Index out of range/],
    ["nothing but access lines", '127.0.0.1 - - [x] "GET /error HTTP/1.1" 500 -\n', null],
    [
      "our own hanging up",
      "Traceback (most recent call last):\n  File x\nBrokenPipeError: [Errno 32] Broken pipe\n",
      null,
    ],
    ["nothing", "", null],
  ])("%s", (_, text, words) => {
    if (words instanceof RegExp) expect(errorWords(text)).toMatch(words);
    else expect(errorWords(text)).toBe(words);
  });

  test("a line of a megabyte is cut", () => expect(errorWords(`error: ${"x".repeat(1_048_576)}`)).toHaveLength(300));
});

describe("the death of a generating thread", () => {
  test("is told by Python's threading, however the thread is called", () => {
    const died = "RuntimeError: [metal::malloc] Resource limit (499000) exceeded.";
    expect(mlxLmServer.generationDeath?.(log("mlx-lm-thread-died"))).toBe(died);
    expect(mlxLmServer.generationDeath?.(log("mlx-lm-thread-died").replace(" (_generate)", ""))).toBe(died);
    expect(mlxLmServer.generationDeath?.("ERROR - mlx_lm.server generation thread died: no room\n")).toBe("no room");
  });

  test("is not the death of a handler, or of another thread", () => {
    expect(mlxLmServer.generationDeath?.(log("mlx-lm-handler-died"))).toBeNull();
    const other = log("mlx-lm-thread-died").replaceAll("_generate", "_watch_parent");
    expect(mlxLmServer.generationDeath?.(other)).toBeNull();
    expect(threadDeath("Exception in thread Thread-1 (_generate):\n", /_generate/)).toBe("no exception is named");
  });
});
