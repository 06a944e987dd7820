import { describe, expect, test } from "@jest/globals";
import { candidateList, sizeFromId, sizeText, trimBySize } from "../../../worker/core/settings/candidates.ts";

const DEFAULTS = [
  "mlx-community/Qwen2.5-32B-Instruct-4bit",
  "mlx-community/Qwen2.5-14B-Instruct-4bit",
  "mlx-community/Qwen2.5-Coder-7B-Instruct-4bit",
  "mlx-community/Llama-3.2-3B-Instruct-4bit",
  "mlx-community/Llama-3.2-1B-Instruct-4bit",
];
const NONE = { maxModelSizeB: null, minModelSizeB: null };

describe("the list", () => {
  test("keeps the given order and trims blanks around ids", () => {
    expect(candidateList().parse(" b/1B , a/32B,c ")).toEqual({ ok: true, value: ["b/1B", "a/32B", "c"] });
  });

  test.each(["/Volumes/My Disk/model", "./models/a", "../a", "~/models/x-7B"])("takes the folder %s", (folder) => {
    expect(candidateList().parse(folder)).toEqual({ ok: true, value: [folder] });
  });

  test("a list of the file keeps commas inside an element", () => {
    expect(candidateList().parseElements?.(["/models/a,b"])).toEqual({ ok: true, value: ["/models/a,b"] });
  });

  test.each([
    ["", "the list is empty"],
    ["  ", "the list is empty"],
    ["a,,b", "model 2 of 3 is empty"],
    ["a,b,", "model 3 of 3 is empty"],
    ["a/x,b/y,a/x", 'model 3, "a/x", is there twice'],
    ["a b", 'model 1 of 1, "a b", has a space'],
    ["a/b,c\u0007d", 'model 2 of 2, "c\\u0007d", has a control character'],
    ["/models/a\nb", "has a control character"],
    ["--drain", "starts with a dash"],
    ["a/b/c", "is neither owner/name nor a folder"],
    ["a//b", "is neither owner/name nor a folder"],
    ["a/", "is neither owner/name nor a folder"],
    ["x".repeat(201), "is longer than 200 characters"],
    [Array.from({ length: 65 }, (_, index) => `m${index}`).join(","), "65 models are more than 64"],
  ])("refuses %j", (text, problem) => {
    expect(candidateList().parse(text)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

describe("the size an id tells", () => {
  test.each([
    ["Qwen2.5-32B-Instruct-4bit", 32],
    ["mlx-community/Llama-3.2-1B", 1],
    ["Mixtral-8x7B-Instruct", 56],
    ["gemma-4-26b-a4b", 26],
    ["Qwen3-30B-A3B-4bit", 30],
    ["Qwen2.5-0.5B", 0.5],
    ["SmolLM2-350M", 0.35],
    ["SmolLM2-350MB", 0.35],
    ["Qwen2.5-7B-Instruct-1M", 7],
    ["Qwen2.5-1M-7B", 7],
    ["gemma-3n-E4B-it", 4],
    ["Qwen7B", 7],
    ["/models/70B/tiny-1.5B-8bit/", 1.5],
    ["1B", 1],
    ["phi-3.5-mini-4bit", null],
    ["x-A3B", null],
    ["empty-0B", null],
    ["", null],
  ])("%s is %s", (id, size) => {
    expect(sizeFromId(id)).toBe(size);
  });

  test("is written as the flags read it", () => {
    expect([8, 0.35, 0.5, 1, 1.5].map(sizeText)).toEqual(["8B", "350M", "500M", "1B", "1.5B"]);
  });
});

describe("trimming the provider's list", () => {
  test("--max-model-size 8B starts at the 7B, and with --min-model-size 3B the 1B is gone too", () => {
    expect(trimBySize(DEFAULTS, { ...NONE, maxModelSizeB: 8 })).toEqual({
      candidates: DEFAULTS.slice(2),
      warnings: [],
    });
    expect(trimBySize(DEFAULTS, { maxModelSizeB: 8, minModelSizeB: 3 }).candidates).toEqual(DEFAULTS.slice(2, 4));
  });

  test("a limit includes its own size, and no limit trims nothing", () => {
    expect(trimBySize(DEFAULTS, { maxModelSizeB: 14, minModelSizeB: 14 }).candidates).toEqual([DEFAULTS[1]]);
    expect(trimBySize(["phi"], NONE)).toEqual({ candidates: ["phi"], warnings: [] });
  });

  test("an id without a size is left out with a warning, unless its size is known otherwise", () => {
    const limits = { ...NONE, maxModelSizeB: 8 };
    const trimmed = trimBySize(["phi-mini", "x-7B"], limits);
    expect(trimmed.candidates).toEqual(["x-7B"]);
    expect(trimmed.warnings).toEqual([expect.stringContaining("phi-mini is left out")]);
    expect(trimBySize(["phi-mini"], limits, () => 3.8).candidates).toEqual(["phi-mini"]);
  });

  test("nothing left is a config_error with the limits, the sizes, and the way out", () => {
    const trim = () => trimBySize(DEFAULTS, { maxModelSizeB: 0.5, minModelSizeB: 0.35 });
    expect(trim).toThrow(/--max-model-size 500M and --min-model-size 350M.*Llama-3.2-1B-Instruct-4bit \(1B\)/);
    expect(trim).toThrow(
      expect.objectContaining({ code: "config_error", remedy: expect.stringContaining("--candidate-models") }),
    );
  });
});
