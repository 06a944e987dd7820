// `serve`: run the provider with a recipe in the foreground, as if the user had typed it: its terminal, its signals, its exit code.
// Source: contract §3, §12 (mlx-lm's config is served by us).
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { AutotuneError } from "../../core/errors.ts";
import { SIMULATED_BANNER } from "../../core/units.ts";
import { shellCommand, simpleCommands } from "../../core/text/shell-words.ts";
import { ownConfigPath } from "../../platform/live/config-target.ts";
import { readConfiguredModel } from "../../platform/live/live-config.ts";
import { physicalMemoryBytes } from "../../platform/machine/memory.ts";
import { createPreWarm } from "../../platform/hub/prewarm.ts";
import { locateProgram, triedText } from "../../platform/candidate/find-binary.ts";
import { PROVIDERS } from "../../providers/index.ts";
import type { ProviderId } from "../../providers/provider.ts";
import type { Readers } from "../../core/runs/readers.ts";
import { step } from "../../step.ts";
import type { Store } from "../../store/store.ts";
import { refuseBesideRun } from "./apply.ts";
import { cacheText, hubSurroundings, NO_PORT } from "../command/hub-surroundings.ts";
import { say, type Io } from "../command/io.ts";
import { storedRecipe } from "./stored-recipe.ts";

/** What to start: the provider's program is still to be found. */
interface Recipe {
  provider: ProviderId;
  /** Without the program. */
  args: string[];
}

/**
 * @param args [run] and what stood behind `--`
 * @returns the exit code of the provider; 128 + its number if a signal ended it
 * @throws AutotuneError busy while a run is active, not_found without a recipe, config_error if the program is not there
 */
export async function serveRecipe(args: string[], providerBin: string | null, store: Store, io: Io): Promise<number> {
  refuseBesideRun(store);
  const [first, ...rest] = args;
  // `serve -- --port 1` has no run: everything is for the provider.
  const run = first === undefined || first.startsWith("-") ? null : first;
  const extra = run === null ? args : rest;
  const recipe = run === null ? null : stored(store.readers, run);
  const hub = await hubSurroundings(NO_PORT, PROVIDERS[recipe?.provider ?? "mlx-lm"], io);
  const { provider, args: own } = recipe ?? (await configured(store.readers, { ...io, env: hub.env }));
  const program = await programOf(provider, providerBin, io);
  // Serving may last for weeks; nothing of the database is needed meanwhile.
  store.close();
  const command = [...program, ...own, ...extra];
  if (PROVIDERS[provider].simulated) say(io.stderr, SIMULATED_BANNER);
  else say(io.stderr, cacheText(hub));
  say(io.stderr, `Serving: ${shellCommand(command)}`);
  return foreground(command, { ...io, env: hub.env });
}

/** The command that the run recommended. */
function stored(readers: Readers, id: string): Recipe {
  const { provider, recommendation } = storedRecipe(readers, id);
  const words = simpleCommands(recommendation.serve_command)[0] ?? [];
  // The simulator is reached through our own name: "mlx-autotune simulated-provider …".
  return { provider, args: words.slice(PROVIDERS[provider].simulated ? 2 : 1) };
}

/** What serve.yaml says now. */
async function configured(readers: Readers, io: Io): Promise<Recipe> {
  const path = ownConfigPath(io.homeDir, "serve.yaml");
  const { live, note } = await readConfiguredModel(path);
  if (live === null)
    throw new AutotuneError(note === null ? "not_found" : "config_error", note ?? `there is no ${path} yet`, {
      remedy: "Apply a recipe of mlx-lm (`mlx-autotune apply`), or name a run: `mlx-autotune serve <run>`.",
    });
  const provider = PROVIDERS["mlx-lm"];
  const weights = await createPreWarm({ env: io.env, homeDir: io.homeDir, offline: true }).inspect(live.model);
  const words = provider.serveCommand({
    ...live,
    targetContext: contextOf(path, readers) ?? live.knobs.max_context_override ?? UNKNOWN_CONTEXT,
    memoryBytes: physicalMemoryBytes(),
    weightBytes: weights?.tensorBytes ?? null,
    kvBytesPerToken: weights?.kvBytesPerToken ?? null,
  });
  return { provider: "mlx-lm", args: words.slice(1) };
}

/** Tokens; the default target, for a file that nobody applied. */
const UNKNOWN_CONTEXT = 2000;

/** The context for which the applied recipe was measured; it sizes the prompt cache. */
function contextOf(path: string, readers: Readers): number | null {
  const applied = readers.applications().find((one) => one.config_path === path && one.is_current);
  const run = applied && readers.runs().find((one) => one.run_id === applied.run_id);
  return run?.target_context ?? null;
}

async function programOf(id: ProviderId, providerBin: string | null, io: Io): Promise<string[]> {
  const places = { providerBin, env: io.env, homeDirectory: io.homeDir, selfCommand: io.selfCommand };
  const found = await locateProgram(PROVIDERS[id], places);
  if (Array.isArray(found)) return found;
  throw new AutotuneError("config_error", `${id}: no program was found. ${triedText(found.tried)}`, {
    remedy: "Install it, or name it with --provider-bin.",
  });
}

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

function foreground([program = "", ...args]: string[], io: Io): Promise<number> {
  const child = step("serve.start", () => spawn(program, args, { stdio: "inherit", env: io.env }));
  // A terminal sends Ctrl-C to the whole foreground group: a second one would interrupt the provider's own ending.
  const byTerminal = (signal: NodeJS.Signals) => io.stdin.isTTY && (signal === "SIGINT" || signal === "SIGQUIT");
  const forward = (signal: NodeJS.Signals) =>
    void (byTerminal(signal) || step("serve.forward", () => child.kill(signal)));
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise<number>((resolve, reject) => {
    child.once("error", (error) =>
      reject(new AutotuneError("config_error", `${program} could not be started: ${error.message}`, { cause: error })),
    );
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  }).finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
}
