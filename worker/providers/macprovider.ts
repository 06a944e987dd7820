// macprovider-cli (on newer installs malibu-cli) as a provider: argv, isolation, axes and what its ends mean.
// Source: contract §4, macprovider.
import type { LaunchWords } from "../core/config/config-launch.ts";
import type { Knobs } from "../core/knobs.ts";
import {
  DYLD_WORDS,
  MLX_WORDS,
  SAFETENSORS_WORDS,
  SWIFT_WORDS,
  SYSTEM_WORDS,
  VERIFICATION_WORDS,
  type FailureWord,
} from "./failure-words.ts";
import { listsFlag } from "./help-text.ts";
import { endText, evidenceIn, evidenceText, lastWords } from "./log-evidence.ts";
import type { ExitFacts, Provider, StartPlan, StartRequest } from "./provider.ts";
import { SERVE_BY_DEFAULT, type ServerCommand } from "./server-command.ts";

/** Largest first; also the fallback of mlx-lm and the list of the simulator. */
export const MACPROVIDER_CANDIDATES = [
  "mlx-community/Qwen2.5-32B-Instruct-4bit",
  "mlx-community/Qwen2.5-14B-Instruct-4bit",
  "mlx-community/Qwen2.5-Coder-7B-Instruct-4bit",
  "mlx-community/Llama-3.2-3B-Instruct-4bit",
  "mlx-community/Llama-3.2-1B-Instruct-4bit",
];

/** Exit codes of a process that memory ended: killed (9), trapped (5) and aborted (6), as a shell reports them. */
const MEMORY_CODES = [137, 133, 134];
const MEMORY_SIGNALS: (NodeJS.Signals | null)[] = ["SIGKILL", "SIGTRAP", "SIGABRT"];
const BAD_USAGE_CODE = 2;

/** Built on mlx-swift-lm; what it verifies itself is in its ProviderPreWarmer. */
export const MACPROVIDER_WORDS: readonly FailureWord[] = [
  ...DYLD_WORDS,
  ...VERIFICATION_WORDS,
  ...SWIFT_WORDS,
  ...MLX_WORDS,
  ...SAFETENSORS_WORDS,
  ...SYSTEM_WORDS,
];

/** What goes before its config; spellings of both generations of the program. */
const LAUNCH: LaunchWords = {
  flags: {
    "--model": "model",
    "--kv-bits": "kv_bits",
    "--max-context": "max_context_override",
    "--max-batch": "max_concurrency_override",
    "--model-artifact-path": "weights",
    "--model-artifact-sha256": "weights",
  },
  variables: {
    MODEL: "model",
    KV_BITS: "kv_bits",
    MAX_CONTEXT: "max_context_override",
    MAX_CONTEXT_OVERRIDE: "max_context_override",
    MAX_BATCH: "max_concurrency_override",
    MAX_CONCURRENCY: "max_concurrency_override",
    MAX_CONCURRENCY_OVERRIDE: "max_concurrency_override",
    MODEL_ARTIFACT_PATH: "weights",
    MODEL_ARTIFACT_SHA256: "weights",
  },
  prefix: /^(MACPROVIDER|MALIBU)_/,
  pinsWeights: (name) => name.startsWith("MODEL_CATALOG_"),
  configFlag: "--config",
  configVariables: ["MACPROVIDER_CONFIG", "MALIBU_CONFIG"],
};

/** `macprovider-cli --port 8080` and the bare program serve; its first versions had no subcommands at all. */
const command = (name: string): ServerCommand => ({ name, programs: [name], modules: [], ...SERVE_BY_DEFAULT });

export const MACPROVIDER_AXES: Provider["axisFlags"] = {
  kv_bits: ["--kv-bits"],
  max_batch: ["--max-batch"],
  max_context: ["--max-context"],
};

export const macprovider = {
  id: "macprovider",
  title: "macprovider",
  homepage: null,
  install: [],
  python: null,
  simulated: false,
  live: {
    commands: [command("macprovider-cli"), command("malibu-cli")],
    labels: ["live.streamvc.macprovider", "live.malibu.provider"],
    pendingUpdate: ".local/share/macprovider/autoupdate/pending.json",
  },
  config: {
    readBy: "provider",
    defaultPath: ".config/macprovider/config.yaml",
    launch: LAUNCH,
    locked: true,
    keys: ["kv_bits", "max_concurrency_override", "max_context_override"],
  },
  isProgram: /^(macprovider|malibu)/,
  programs: ["macprovider-cli", "malibu-cli"],
  usualPlaces: ["~/.macprovider/bin", "~/.malibu/bin", "~/.local/bin", "/opt/homebrew/bin", "/usr/local/bin"],
  versionCommand: ["--version"],
  helpCommand: ["serve", "--help"],
  version: plainVersion,
  axisFlags: MACPROVIDER_AXES,
  defaultAxes: { kv_bits: [null, 4, 8], max_batch: [1, 2] },
  ownDefaults: { max_batch: 1 },
  whyNotServed: () => null,
  defaultCandidates: MACPROVIDER_CANDIDATES,
  candidatesFromCache: false,
  needsWeights: true,
  isolatedConfig: "# One candidate of a tune: nothing of the user's configuration applies here.\n{}\n",
  start: startMacprovider,
  readiness: { kind: "models-endpoint" },
  healthPath: null,
  requestModel: (model) => model,
  maxWarmups: 3,
  failureWords: MACPROVIDER_WORDS,
  classifyExit: classifyMacproviderExit,
  isLoadFailure: () => false,
  serveCommand: ({ program, model, knobs }) => [
    program ?? "macprovider-cli",
    "serve",
    "--model",
    model,
    ...knobFlags(knobs),
  ],
} satisfies Provider<"macprovider">;

/** Build the argv of one candidate. `--no-join` is unconditional: a candidate must never register with the pool. */
export function startMacprovider(request: StartRequest): StartPlan {
  const config = listsFlag(request.binary.help, "--config") ? ["--config", request.configPath] : [];
  return {
    argv: [
      ...request.binary.command,
      "serve",
      "--model",
      request.model,
      "--port",
      String(request.port),
      "--no-join",
      ...config,
      ...knobFlags(request.knobs),
    ],
    env: {},
    stripEnv: (name) => name.startsWith("MACPROVIDER_") || name.startsWith("MALIBU_"),
  };
}

/** The knobs as start flags; a knob that is null leaves its flag out. */
export function knobFlags(knobs: Knobs): string[] {
  return [
    ...(knobs.kv_bits === null ? [] : ["--kv-bits", String(knobs.kv_bits)]),
    ...(knobs.max_concurrency_override === null ? [] : ["--max-batch", String(knobs.max_concurrency_override)]),
    ...(knobs.max_context_override === null ? [] : ["--max-context", String(knobs.max_context_override)]),
  ];
}

/** Name the end of a candidate. Evidence in the log goes before the exit code, since 134 is any abort. */
export function classifyMacproviderExit(facts: ExitFacts): ReturnType<Provider["classifyExit"]> {
  const end = endText(facts.code, facts.signal);
  const evidence = evidenceIn(facts.logTail, MACPROVIDER_WORDS);
  const words = evidence === null ? lastWords(facts.logTail) : evidenceText(evidence);
  const reason = words === null ? `${end}, nothing in the log` : `${end}: ${words}`;
  if (evidence?.failure === "damage") return { class: "load_failed", reason, integrity: true };
  const killed = MEMORY_CODES.includes(facts.code ?? -1) || MEMORY_SIGNALS.includes(facts.signal);
  if (evidence?.failure === "memory" || (killed && evidence === null))
    return { class: "out_of_memory", reason, integrity: false };
  const refused = facts.code === BAD_USAGE_CODE && evidence === null;
  return { class: refused ? "bad_knob" : "load_failed", reason, integrity: false };
}

/** The version as the program says it, without its name: "macprovider-cli 1.4.0" and "1.4.0" are the same version. */
function plainVersion(versionOutput: string): string {
  const line = versionOutput.split("\n").find((candidate) => candidate.trim() !== "");
  return line?.trim().replace(/^(macprovider|malibu)(-cli)?[\s:]+(version\s+)?v?(?=\d)/i, "") || "unknown";
}
