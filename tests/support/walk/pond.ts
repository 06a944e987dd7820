// A server that exists only for tests, described as worker/providers/ describes one: all that the program knows of it. Its knob is
// the row of `pond.test`'s edits, its program fake-pond.mjs.
import type { Knobs } from "../../../worker/core/knobs.ts";
import { MLX_WORDS } from "../../../worker/providers/failure-words.ts";
import { endText, lastWords } from "../../../worker/providers/log-evidence.ts";
import type { Provider } from "../../../worker/providers/provider.ts";
import { SERVE } from "../../../worker/providers/server-command.ts";

/** The table of knobs has this one only in the test's build. */
type PondKnobs = Knobs & { ripple_window?: number | null };

export const pond = {
  id: "pond",
  title: "Pond",
  homepage: "https://example.org/pond",
  install: ["brew install pond"],
  python: null,
  simulated: false,
  live: {
    commands: [{ name: "pond", programs: ["pond"], modules: ["pond"], ...SERVE }],
    labels: ["org.example.pond"],
    pendingUpdate: null,
  },
  config: {
    readBy: "serve",
    file: "serve-pond.yaml",
    keys: ["max_concurrency_override", "ripple_window" as keyof Knobs],
  },
  isProgram: /^pond/,
  programs: ["pond"],
  usualPlaces: ["~/.pond/bin"],
  versionCommand: ["--version"],
  helpCommand: ["serve", "--help"],
  version: (output) => /\d\S*/.exec(output)?.[0] ?? "unknown",
  axisFlags: { max_batch: ["--streams"], ripple_window: ["--window"] } as Provider["axisFlags"],
  defaultAxes: { max_batch: [1], ripple_window: [null, 64] } as Provider["defaultAxes"],
  ownDefaults: {},
  whyNotServed: () => null,
  defaultCandidates: ["t/Model-7B"],
  candidatesFromCache: false,
  needsWeights: true,
  isolatedConfig: null,
  start: ({ binary, model, port, knobs }) => ({
    argv: [...binary.command, "serve", "--model", model, "--port", String(port), ...knobFlags(knobs)],
    env: {},
    stripEnv: () => false,
  }),
  readiness: { kind: "models-endpoint" },
  healthPath: null,
  requestModel: (model) => model,
  maxWarmups: 2,
  failureWords: MLX_WORDS,
  classifyExit: ({ code, signal, logTail }) => ({
    class: "load_failed",
    reason: `${endText(code, signal)}: ${lastWords(logTail) ?? "nothing in the log"}`,
    integrity: false,
  }),
  isLoadFailure: () => false,
  serveCommand: ({ program, model, knobs }) => [program ?? "pond", "serve", "--model", model, ...knobFlags(knobs)],
} satisfies Provider<"pond">;

function knobFlags(knobs: PondKnobs): string[] {
  const { max_concurrency_override: streams, ripple_window: window = null } = knobs;
  return [
    ...(streams === null ? [] : ["--streams", String(streams)]),
    ...(window === null ? [] : ["--window", String(window)]),
  ];
}
