// `serve`: run the provider with a recipe in the foreground, as if the user had typed it: its terminal, its signals, its exit code.
// Source: contract §3, §12 (mlx-lm's config is served by us).
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { AutotuneError } from "../../core/errors.ts";
import { SIMULATED_BANNER } from "../../core/units.ts";
import { shellCommand, simpleCommands } from "../../core/text/shell-words.ts";
import { ownConfigPath } from "../../platform/live/config-target.ts";
import { type LiveConfig, readConfiguredModel } from "../../platform/live/live-config.ts";
import { physicalMemoryBytes } from "../../platform/machine/memory.ts";
import { createPreWarm } from "../../platform/hub/prewarm.ts";
import { locateProgram, triedText } from "../../platform/candidate/find-binary.ts";
import { PROVIDERS, type ProviderId, SERVED, type Served } from "../../providers/index.ts";
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
  const hub = await hubSurroundings(NO_PORT, recipe === null ? null : PROVIDERS[recipe.provider], io);
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

/** What the configs that are served say now: the newest one there is. */
async function configured(readers: Readers, io: Io): Promise<Recipe> {
  const { provider, path, live } = await configuredModel(readers, io);
  const weights = await createPreWarm({ env: io.env, homeDir: io.homeDir, offline: true }).inspect(live.model);
  const words = provider.serveCommand({
    ...live,
    targetContext: contextOf(path, readers) ?? live.knobs.max_context_override ?? UNKNOWN_CONTEXT,
    memoryBytes: physicalMemoryBytes(),
    weightBytes: weights?.tensorBytes ?? null,
    kvBytesPerToken: weights?.kvBytesPerToken ?? null,
  });
  return { provider: provider.id, args: words.slice(1) };
}

/** @throws AutotuneError not_found if there is no config, config_error if one cannot be read */
async function configuredModel(
  readers: Readers,
  io: Io,
): Promise<{ provider: Served; path: string; live: LiveConfig }> {
  const applied = readers.applications().filter((one) => one.is_current);
  const places = SERVED.map((provider) => ({ provider, path: ownConfigPath(io.homeDir, provider.config.file) }));
  const age = ({ path }: { path: string }) => {
    const at = applied.findIndex((one) => one.config_path === path);
    return at < 0 ? applied.length : at;
  };
  const looks = await Promise.all(
    places.sort((a, b) => age(a) - age(b)).map(async (one) => ({ ...one, ...(await readConfiguredModel(one.path)) })),
  );
  for (const { provider, path, live } of looks) if (live !== null) return { provider, path, live };
  const note = looks.find((one) => one.note !== null)?.note ?? null;
  const missing = `there is no ${places.map(({ path }) => path).join(", no ")} yet`;
  throw new AutotuneError(note === null ? "not_found" : "config_error", note ?? missing, {
    remedy: `Apply a recipe of ${SERVED.map(({ id }) => id).join(" or ")} (\`mlx-autotune apply\`), or name a run: \`mlx-autotune serve <run>\`.`,
  });
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
    remedies: [{ kind: "setting", setting: "provider-bin" }],
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
