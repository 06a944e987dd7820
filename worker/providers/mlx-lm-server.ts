// mlx_lm.server (PyPI or Homebrew mlx-lm) as a provider: argv, axes by version, liveness and the prompt cache it gets.
// Source: contract §4, mlx-lm; behaviour seen with 0.32.2.
import type { Knobs } from "../core/knobs.ts";
import { threadDeath } from "../core/measure/log-words.ts";
import {
  DYLD_WORDS,
  MLX_WORDS,
  PYTHON_WORDS,
  SAFETENSORS_WORDS,
  SWIFT_WORDS,
  SYSTEM_WORDS,
  VERIFICATION_WORDS,
  type FailureWord,
} from "./failure-words.ts";
import { listsFlag } from "./help-text.ts";
import { endText, evidenceIn, evidenceText, lastWords } from "./log-evidence.ts";
import { MACPROVIDER_CANDIDATES } from "./macprovider.ts";
import type { ExitFacts, Provider, ServeRecipe, StartPlan, StartRequest } from "./provider.ts";
import { SERVER } from "./server-command.ts";

/** The generation thread's death: HTTP goes on answering, each completion with this text and status 404. */
const DEAD_GENERATION = "generation thread died";

/** Its function: Python names a thread after it, and its traceback does. Before 0.31 nothing caught what it threw. */
const GENERATION_THREAD = /\b_(run_)?generate\b/;

/** One context only: unique long prompts that overflow a bigger cache can panic a Mac. */
const CANDIDATE_CACHE_SIZE = 1;
const UNKNOWN_CACHE_SIZE = 2;
const MAX_CACHE_SIZE = 10;
const USABLE_MEMORY_SHARE = 0.75;
/** A 16-bit scale and a 16-bit bias per group of 64 values. */
const QUANTISATION_OVERHEAD_BITS = 0.5;

/** mlx-lm with what is below it; a server that verifies its weights may be behind the same name. */
const MLX_LM_WORDS: readonly FailureWord[] = [
  ...DYLD_WORDS,
  ...PYTHON_WORDS,
  ...MLX_WORDS,
  ...SAFETENSORS_WORDS,
  ...SYSTEM_WORDS,
  ...VERIFICATION_WORDS,
  ...SWIFT_WORDS,
];

const NAME = "mlx_lm.server";

export const mlxLmServer: Provider<"mlx-lm"> = {
  id: "mlx-lm",
  title: "mlx-lm",
  homepage: "https://github.com/ml-explore/mlx-lm",
  // Homebrew's Python refuses a plain pip install.
  install: ["brew install mlx-lm", "uv tool install mlx-lm"],
  python: { module: "mlx_lm", withoutPython: "`brew install mlx-lm` brings its own" },
  simulated: false,
  live: {
    commands: [
      { name: NAME, programs: [NAME], modules: [NAME], ...SERVER },
      { name: NAME, programs: ["mlx_lm"], modules: ["mlx_lm", "mlx_lm.cli"], ...SERVER, subcommands: ["server"] },
    ],
    labels: [],
    pendingUpdate: null,
  },
  config: {
    readBy: "serve",
    file: "serve.yaml",
    keys: ["kv_bits", "max_concurrency_override", "max_context_override", "prefill_step_size"],
  },
  isProgram: /^mlx_lm/,
  programs: [NAME],
  usualPlaces: ["~/.local/bin", "/opt/homebrew/bin", "/opt/homebrew/opt/mlx-lm/bin", "/usr/local/bin", "~/.venv/bin"],
  versionCommand: null,
  pythonVersionCode:
    "from importlib.metadata import version\nprint('mlx-lm', version('mlx-lm'), '/', 'mlx', version('mlx'))",
  helpCommand: ["--help"],
  // Importing MLX and transformers takes 3 s on a fast disk and most of a minute on a cold one.
  probeTimeoutMs: 60_000,
  version: (versionOutput) => /mlx-lm \S+ \/ mlx \S+/.exec(versionOutput)?.[0] ?? "unknown",
  axisFlags: {
    kv_bits: ["--kv-bits", "--quantized-kv-start"],
    max_batch: ["--decode-concurrency", "--prompt-concurrency"],
    prefill_step_size: ["--prefill-step-size"],
  },
  defaultAxes: { kv_bits: [null, 4, 8], max_batch: [1, 2], prefill_step_size: [512, 2048] },
  ownDefaults: { prefill_step_size: 2048 },
  whyNotServed: quantisedBatch,
  defaultCandidates: MACPROVIDER_CANDIDATES,
  candidatesFromCache: true,
  needsWeights: true,
  isolatedConfig: null,
  start: startMlxLm,
  readiness: { kind: "one-token-request" },
  healthPath: "/health",
  // Any other id would make the server load that model.
  requestModel: () => "default_model",
  // Speed was seen rising up to the third request; the last two tell that it has stopped.
  maxWarmups: 5,
  failureWords: MLX_LM_WORDS,
  classifyExit: classifyMlxLmExit,
  generationDeath: (log) => generationDeath(log) ?? threadDeath(log, GENERATION_THREAD),
  isLoadFailure: (status, body) => status === 404 && body.includes(DEAD_GENERATION),
  serveCommand: (recipe) => [
    recipe.program ?? NAME,
    "--model",
    recipe.model,
    ...knobFlags(recipe.knobs),
    "--prompt-cache-size",
    String(promptCacheSize(recipe)),
  ],
};

/** Build the argv and environment of one candidate. */
export function startMlxLm(request: StartRequest): StartPlan {
  const cache = listsFlag(request.binary.help, "--prompt-cache-size")
    ? ["--prompt-cache-size", String(CANDIDATE_CACHE_SIZE)]
    : [];
  return {
    argv: [
      ...request.binary.command,
      "--model",
      request.model,
      "--host",
      "127.0.0.1",
      "--port",
      String(request.port),
      ...knobFlags(request.knobs),
      ...cache,
    ],
    env: {
      // Python buffers output to a file or pipe: without this the log of a process that dies is lost.
      PYTHONUNBUFFERED: "1",
      // The weights are complete before the start. A load that reached for the network would time a download.
      HF_HUB_OFFLINE: "1",
    },
    // It would look for weights in another hub's cache than the one that was pre-warmed.
    stripEnv: (name) => name === "MLXLM_USE_MODELSCOPE",
  };
}

/** Contexts of the target length that fit beside the weights and one live context, 1 to 10; 2 if a size is unknown. */
export function promptCacheSize(recipe: ServeRecipe): number {
  const { memoryBytes, weightBytes, kvBytesPerToken, targetContext, knobs } = recipe;
  if (memoryBytes === null || weightBytes === null || kvBytesPerToken === null) return UNKNOWN_CACHE_SIZE;
  const share = knobs.kv_bits === null ? 1 : (knobs.kv_bits + QUANTISATION_OVERHEAD_BITS) / 16;
  const contextBytes = targetContext * kvBytesPerToken * share;
  const contexts = Math.floor((USABLE_MEMORY_SHARE * memoryBytes - weightBytes - contextBytes) / contextBytes);
  return Number.isFinite(contexts) ? Math.min(MAX_CACHE_SIZE, Math.max(1, contexts)) : UNKNOWN_CACHE_SIZE;
}

/** Name the end of a candidate, or of its generation (code and signal null). Codes say nothing here: 0 has been seen. */
export function classifyMlxLmExit(facts: ExitFacts): ReturnType<Provider["classifyExit"]> {
  const end = endText(facts.code, facts.signal);
  const evidence = evidenceIn(facts.logTail, MLX_LM_WORDS);
  const said =
    evidence === null ? null : evidenceText({ ...evidence, line: generationDeath(evidence.line) ?? evidence.line });
  const words = said ?? generationDeath(facts.logTail) ?? lastWords(facts.logTail);
  const reason = words === null ? `${end}, nothing in the log` : `${end}: ${words}`;
  if (evidence?.failure === "damage") return { class: "load_failed", reason, integrity: true };
  const memory = evidence?.failure === "memory" || (evidence === null && facts.signal === "SIGKILL");
  return { class: memory ? "out_of_memory" : "load_failed", reason, integrity: false };
}

function knobFlags(knobs: Knobs): string[] {
  const batch = knobs.max_concurrency_override;
  const step = knobs.prefill_step_size ?? null;
  return [
    ...(batch === null ? [] : ["--decode-concurrency", String(batch), "--prompt-concurrency", String(batch)]),
    ...(step === null ? [] : ["--prefill-step-size", String(step)]),
    // The default start of 5000 tokens would make the knob inert below that context.
    ...(knobs.kv_bits === null ? [] : ["--kv-bits", String(knobs.kv_bits), "--quantized-kv-start", "0"]),
  ];
}

function quantisedBatch(knobs: Knobs): string | null {
  if (knobs.kv_bits === null || (knobs.max_concurrency_override ?? 1) <= 1) return null;
  return "mlx_lm.server answers one request at a time when --kv-bits is set";
}

/** The line that says why generation died stands above its traceback, so it is not the last one. */
function generationDeath(logTail: string): string | null {
  return /generation thread died: (.{1,300})/.exec(logTail)?.[1]?.trim() ?? null;
}
