import { describe, expect, test } from "@jest/globals";
import { DEFAULT_KNOBS, type Knobs } from "../../worker/core/knobs.ts";
import { offeredAxes, PROVIDERS, providerFor } from "../../worker/providers/index.ts";
import { mlxLmServer, promptCacheSize } from "../../worker/providers/mlx-lm-server.ts";
import { macprovider } from "../../worker/providers/macprovider.ts";
import type { Binary, Provider, ServeRecipe } from "../../worker/providers/provider.ts";

const MODEL = "mlx-community/Llama-3.2-3B-Instruct-4bit";
const MACPROVIDER_HELP =
  "OPTIONS:\n --model <m>\n --port <p>\n --config <c>\n --kv-bits <k>\n --max-batch <n>\n --max-context <n>\n";
const MLX_HELP = `usage: mlx_lm.server [-h] [--model MODEL] [--decode-concurrency DECODE_CONCURRENCY]
  [--prompt-concurrency PROMPT_CONCURRENCY] [--prefill-step-size PREFILL_STEP_SIZE]
  [--prompt-cache-size PROMPT_CACHE_SIZE] [--kv-bits KV_BITS] [--quantized-kv-start QUANTIZED_KV_START]`;
const OLD_MLX_HELP = "usage: mlx_lm.server [-h] [--model MODEL] [--host HOST] [--port PORT]";

function argvOf(provider: Provider, help: string, knobs: Partial<Knobs> = {}): string[] {
  const binary: Binary = { command: ["/bin/it"], version: "1", help };
  const request = {
    binary,
    model: MODEL,
    knobs: { ...DEFAULT_KNOBS, ...knobs },
    port: 18080,
    configPath: "/tmp/c.yaml",
  };
  return provider.start(request).argv;
}

const ALL_KNOBS = { kv_bits: 4, max_concurrency_override: 2, max_context_override: 4000 } as const;

describe("macprovider", () => {
  test("starts isolated and never joins the pool", () => {
    expect(argvOf(macprovider, MACPROVIDER_HELP)).toEqual([
      "/bin/it",
      "serve",
      "--model",
      MODEL,
      "--port",
      "18080",
      "--no-join",
      "--config",
      "/tmp/c.yaml",
    ]);
  });

  test("passes every knob that is set", () => {
    const argv = argvOf(macprovider, MACPROVIDER_HELP, ALL_KNOBS);
    expect(argv.slice(-6)).toEqual(["--kv-bits", "4", "--max-batch", "2", "--max-context", "4000"]);
  });

  test("an older version gets no --config, but always --no-join", () => {
    const argv = argvOf(macprovider, "  --model <m>  --configuration <c>");
    expect(argv).not.toContain("--config");
    expect(argv).toContain("--no-join");
  });

  test("strips every variable of its own from the environment, and no other", () => {
    const request = {
      binary: { command: [""], version: "", help: "" },
      model: "",
      knobs: DEFAULT_KNOBS,
      port: 1,
      configPath: "",
    };
    const { stripEnv } = macprovider.start(request);
    expect(["MACPROVIDER_CONFIG", "MACPROVIDER_KV_BITS", "HF_HOME", "PATH"].map(stripEnv)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("offers the axes that its help lists", () => {
    expect(offeredAxes(macprovider, MACPROVIDER_HELP)).toEqual(["kv_bits", "max_batch", "max_context"]);
    expect(offeredAxes(macprovider, "--kv-bits-extra <x>\n --max-batch <n>")).toEqual(["max_batch"]);
  });

  test("the line to paste has the knobs and nothing of the tune", () => {
    expect(macprovider.serveCommand(recipe({ knobs: { ...ALL_KNOBS, kv_bits: null } }))).toEqual([
      "macprovider-cli",
      "serve",
      "--model",
      MODEL,
      "--max-batch",
      "2",
      "--max-context",
      "4000",
    ]);
  });

  test("the line to paste names the program that is installed", () => {
    expect(macprovider.serveCommand(recipe({ program: "malibu-cli" }))[0]).toBe("malibu-cli");
  });

  test.each([
    ["1.4.0\n", "1.4.0"],
    ["macprovider-cli 1.4.0 (abc)\n", "1.4.0 (abc)"],
    ["malibu-cli version v2.0.1", "2.0.1"],
    ["", "unknown"],
  ])("reads the version in %j", (output, version) => expect(macprovider.version(output)).toBe(version));
});

describe("what an end means for macprovider", () => {
  const classify = (code: number | null, logTail: string, signal: NodeJS.Signals | null = null) =>
    macprovider.classifyExit({ code, signal, logTail });

  test.each([137, 133, 134])("exit %i is memory", (code) => {
    expect(classify(code, "loading")).toEqual({
      class: "out_of_memory",
      reason: `exit ${code}: loading`,
      integrity: false,
    });
  });

  test.each(["SIGKILL", "SIGTRAP", "SIGABRT"] as const)("%s is memory", (signal) => {
    expect(classify(null, "", signal).class).toBe("out_of_memory");
  });

  test("a Metal line is memory whatever the code, and it is the reason", () => {
    const log = "loading\n[metal::malloc] Attempting to allocate 9 bytes which is greater than 8\nbye\n";
    expect(classify(1, log)).toMatchObject({
      class: "out_of_memory",
      reason: "exit 1: [metal::malloc] Attempting to allocate 9 bytes which is greater than 8",
    });
  });

  test("exit 2 is a bad knob with the line of stderr", () => {
    expect(classify(2, "error: --kv-bits must be 4 or 8\n")).toMatchObject({
      class: "bad_knob",
      reason: "exit 2: error: --kv-bits must be 4 or 8",
    });
  });

  test("a wrong signature is a matter of integrity, before anything else", () => {
    expect(classify(137, "artifact signature mismatch: refusing to serve")).toMatchObject({ integrity: true });
    expect(classify(1, "sha256 of model.safetensors does not match the catalog")).toMatchObject({ integrity: true });
    expect(classify(1, "shape mismatch for layer 3")).toMatchObject({ class: "load_failed", integrity: false });
  });

  test("an end without a word says so", () => {
    expect(classify(1, "\n")).toEqual({ class: "load_failed", reason: "exit 1, nothing in the log", integrity: false });
  });
});

describe("mlx-lm", () => {
  test("starts on 127.0.0.1 with a prompt cache of one", () => {
    expect(argvOf(mlxLmServer, MLX_HELP)).toEqual([
      "/bin/it",
      "--model",
      MODEL,
      "--host",
      "127.0.0.1",
      "--port",
      "18080",
      "--prompt-cache-size",
      "1",
    ]);
    expect(argvOf(mlxLmServer, OLD_MLX_HELP)).not.toContain("--prompt-cache-size");
  });

  test("max_batch sets both concurrencies; kv_bits starts at token 0", () => {
    expect(
      argvOf(mlxLmServer, OLD_MLX_HELP, { max_concurrency_override: 2, prefill_step_size: 512 }).slice(-6),
    ).toEqual(["--decode-concurrency", "2", "--prompt-concurrency", "2", "--prefill-step-size", "512"]);
    expect(argvOf(mlxLmServer, OLD_MLX_HELP, { kv_bits: 8 }).slice(-4)).toEqual([
      "--kv-bits",
      "8",
      "--quantized-kv-start",
      "0",
    ]);
  });

  test("offers what the found version has", () => {
    expect(offeredAxes(mlxLmServer, MLX_HELP)).toEqual(["kv_bits", "max_batch", "prefill_step_size"]);
    expect(offeredAxes(mlxLmServer, OLD_MLX_HELP)).toEqual([]);
  });

  test("kv_bits with a batch is no cell", () => {
    const cell = (kv_bits: 4 | null, max_concurrency_override: number | null) =>
      mlxLmServer.whyNotServed({ ...DEFAULT_KNOBS, kv_bits, max_concurrency_override });
    expect(cell(4, 2)).toContain("one request at a time");
    expect([cell(4, 1), cell(4, null), cell(null, 2)]).toEqual([null, null, null]);
  });

  test("the dead generation's 404 is a failed load, another 404 is not", () => {
    expect(mlxLmServer.isLoadFailure(404, '{"error": "generation thread died"}')).toBe(true);
    expect(mlxLmServer.isLoadFailure(404, "Not Found")).toBe(false);
    expect(mlxLmServer.isLoadFailure(200, "generation thread died")).toBe(false);
  });

  test("the reason of a dead generation stands above its traceback", () => {
    const logTail =
      "ERROR - mlx_lm.server generation thread died: no file config.json\nTraceback\n  File x\nGET /health 503\n";
    expect(mlxLmServer.classifyExit({ code: null, signal: null, logTail })).toEqual({
      class: "load_failed",
      reason: "still running: no file config.json",
      integrity: false,
    });
  });

  test.each([
    "MemoryError",
    "std::bad_alloc",
    "Unable to allocate 12 bytes",
    "[METAL] Insufficient Memory",
    "[malloc] no",
  ])("%s is memory, even with exit 0", (line) =>
    expect(mlxLmServer.classifyExit({ code: 0, signal: null, logTail: `x\n${line}\ny` }).class).toBe("out_of_memory"),
  );

  test("any end before readiness is a failed load", () => {
    expect(mlxLmServer.classifyExit({ code: 0, signal: null, logTail: "" }).class).toBe("load_failed");
    expect(mlxLmServer.classifyExit({ code: null, signal: "SIGTERM", logTail: "" }).class).toBe("load_failed");
  });

  test("its version is that of both packages", () => {
    expect(mlxLmServer.version("mlx-lm 0.32.2 / mlx 0.32.4\n", "")).toBe("mlx-lm 0.32.2 / mlx 0.32.4");
    expect(mlxLmServer.version("Traceback", "")).toBe("unknown");
  });
});

describe("the prompt cache of the serve command", () => {
  const GB = 1e9;
  test.each([
    // (0.75 x 16 - 8 - 1) / 1 = 3
    ["what fits beside weights and one live context", { memoryBytes: 16 * GB, weightBytes: 8 * GB }, 3],
    ["at least 1", { memoryBytes: 16 * GB, weightBytes: 15 * GB }, 1],
    ["at most 10", { memoryBytes: 64 * GB, weightBytes: 8 * GB }, 10],
    ["2 without the weights' size", { memoryBytes: 16 * GB, weightBytes: null }, 2],
    ["2 without the memory's size", { memoryBytes: null, weightBytes: 8 * GB }, 2],
  ])("%s", (_name, sizes, expected) => {
    expect(promptCacheSize(recipe({ ...sizes, kvBytesPerToken: 500_000, targetContext: 2000 }))).toBe(expected);
  });

  test("a quantised context is smaller: 4.5 of 16 bits", () => {
    const sizes = { memoryBytes: 16 * GB, weightBytes: 11 * GB, kvBytesPerToken: 500_000, targetContext: 2000 };
    // (12 - 11 - 0.28125) / 0.28125 = 2.6
    expect(promptCacheSize(recipe({ ...sizes, knobs: { ...DEFAULT_KNOBS, kv_bits: 4 } }))).toBe(2);
  });

  test("stands in the line to paste", () => {
    expect(mlxLmServer.serveCommand(recipe({}))).toEqual([
      "mlx_lm.server",
      "--model",
      MODEL,
      "--prompt-cache-size",
      "2",
    ]);
  });
});

describe("simulated", () => {
  const binary: Binary = {
    command: ["node", "worker.cjs", "simulated-provider"],
    version: "1",
    help: MACPROVIDER_HELP,
  };

  test("is the worker itself with macprovider's flags and its profile", () => {
    const provider = providerFor("simulated", "m4-16");
    const request = { binary, model: MODEL, knobs: DEFAULT_KNOBS, port: 1, configPath: "/c" };
    expect(provider.start(request).argv).toEqual([
      ...["node", "worker.cjs", "simulated-provider", "serve", "--model", MODEL, "--port", "1", "--no-join"],
      ...["--config", "/c", "--profile", "m4-16"],
    ]);
    expect(provider.serveCommand(recipe({})).slice(-2)).toEqual(["--profile", "m4-16"]);
    expect(provider.simulated && !provider.needsWeights).toBe(true);
  });

  test("every provider is registered under its own id", () => {
    for (const [id, provider] of Object.entries(PROVIDERS)) expect(provider.id).toBe(id);
    expect(macprovider.defaultCandidates.map((id) => /(\d+)B/.exec(id)?.[1])).toEqual(["32", "14", "7", "3", "1"]);
  });
});

function recipe(changes: Partial<ServeRecipe>): ServeRecipe {
  const unknown = { memoryBytes: null, weightBytes: null, kvBytesPerToken: null };
  return { model: MODEL, knobs: DEFAULT_KNOBS, targetContext: 2000, ...unknown, ...changes };
}
