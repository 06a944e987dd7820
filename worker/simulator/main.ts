// The simulated provider as a program: macprovider's start flags, a load that takes its time, then the server.
// Everything it writes says SIMULATED. Source: contract §4, simulated.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { errorText } from "../core/errors.ts";
import type { Death } from "./answer.ts";
import { modelSize } from "./model-size.ts";
import { fitsMemory, footprintGb, loadOf } from "./performance-model.ts";
import { FAILURE_KINDS, failureSchema, type Profile } from "./profile-schema.ts";
import { loadProfile, PROFILE_NAMES } from "./profiles.ts";
import { seededRandom } from "./random.ts";
import type { Simulation } from "./scheduler.ts";
import { matches, startSimulatedServer } from "./server.ts";

export const SIMULATOR_VERSION = "simulated-provider 1.0.0";

const BAD_USAGE_CODE = 2;
const OUT_OF_MEMORY_CODE = 137;
const LOAD_REPORTS = 10;
const MAX_PORT = 65_535;

const FLAGS = {
  model: { type: "string" },
  port: { type: "string", default: "8080" },
  "no-join": { type: "boolean" },
  config: { type: "string" },
  "kv-bits": { type: "string" },
  "max-batch": { type: "string" },
  "max-context": { type: "string" },
  profile: { type: "string" },
  scenario: { type: "string" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const;

const HELP = `SIMULATED provider: nothing it answers measures this machine.

usage: simulated-provider serve --model <id> [flags]

  --model <id>        model to pretend to serve; its size is read from the id
  --port <N>          port on 127.0.0.1, 0 for a free one (default 8080)
  --no-join           accepted and always true: the simulator joins nothing
  --config <file>     accepted and not read
  --kv-bits <4|8>     quantised KV cache; no effect together with --max-context
  --max-batch <N>     requests served at once (default 1)
  --max-context <N>   longer prompts are refused with 413
  --profile <name>    ${PROFILE_NAMES.join(", ")}, or a JSON file
  --scenario <kind>   make every model fail: ${FAILURE_KINDS.join(", ")}
`;

/**
 * Run the simulated provider until it is told to stop or its scenario ends it.
 * Call it before any other signal handler is installed: SIGTERM must end it at once.
 * @param argv what follows `simulated-provider`
 * @param _env not read: a simulated machine is its profile and nothing else
 * @returns the exit code: 2 for bad flags, 137 out of memory, 143 and 130 for SIGTERM and SIGINT
 */
export async function simulatedProviderMain(argv: string[], _env: NodeJS.ProcessEnv): Promise<number> {
  let flags: Flags;
  let simulation: Simulation;
  try {
    flags = parseFlags(argv);
    if (flags.version) return print(`${SIMULATOR_VERSION}\n`);
    if (flags.help) return print(HELP);
    simulation = simulationOf(flags);
  } catch (error) {
    log(`error: ${errorText(error).replaceAll("\n", " ")}`);
    return BAD_USAGE_CODE;
  }
  const stop = stopSignals();
  const death = (await pretendLoading(simulation, stop.signal)) ?? (await serve(simulation, flags.port, stop.signal));
  stop.release();
  if (death.line !== "") log(death.line);
  return death.code;
}

interface Flags {
  model: string;
  port: number;
  kvBits: 4 | 8 | null;
  maxBatch: number | null;
  maxContext: number | null;
  profile: string | null;
  scenario: string | null;
  help: boolean;
  version: boolean;
}

function parseFlags(argv: string[]): Flags {
  const { values, positionals } = parseArgs({ args: argv, options: FLAGS, allowPositionals: true, strict: true });
  const help = values.help === true;
  const version = values.version === true;
  if (!help && !version && positionals[0] !== "serve") throw new Error("the only command is serve");
  if (!help && !version && !values.model) throw new Error("--model is missing");
  return {
    model: values.model ?? "",
    port: wholeNumber("--port", values.port, 0, MAX_PORT) ?? 0,
    kvBits: kvBitsOf(values["kv-bits"]),
    maxBatch: wholeNumber("--max-batch", values["max-batch"], 1, 1024),
    maxContext: wholeNumber("--max-context", values["max-context"], 1, Number.MAX_SAFE_INTEGER),
    profile: values.profile ?? null,
    scenario: values.scenario ?? null,
    help,
    version,
  };
}

function kvBitsOf(text: string | undefined): 4 | 8 | null {
  if (text === undefined) return null;
  if (text === "4") return 4;
  if (text === "8") return 8;
  throw new Error(`--kv-bits must be 4 or 8, not ${text}`);
}

function wholeNumber(flag: string, text: string | undefined, min: number, max: number): number | null {
  if (text === undefined) return null;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max))
    throw new Error(`${flag} must be a whole number from ${min} to ${max}, not ${text}`);
  return value;
}

function simulationOf(flags: Flags): Simulation {
  const shipped = loadProfile(flags.profile);
  const scripted = flags.scenario === null ? [] : [failureSchema.parse({ kind: flags.scenario })];
  const profile: Profile = { ...shipped, failures: [...scripted, ...shipped.failures] };
  const { kvBits, maxBatch, maxContext } = flags;
  const seed = profile.seed ?? `${process.pid} ${process.hrtime.bigint()}`;
  const random = seededRandom([seed, flags.model, kvBits, maxBatch, maxContext].join(" "));
  return { profile, model: flags.model, size: modelSize(flags.model), knobs: { kvBits, maxBatch, maxContext }, random };
}

/** @returns how the load ends the process; null once the model is loaded */
async function pretendLoading(simulation: Simulation, signal: AbortSignal): Promise<Death | null> {
  const { profile, size, model, knobs } = simulation;
  const needed = footprintGb(size, knobs, 0);
  const load = loadOf(profile, size);
  log(`${profile.id} (${profile.chip}, ${profile.ram_gb} GB): loading ${model}, ${size.weightsGb.toFixed(1)} GB`);
  const failure = profile.failures.find(
    (candidate) => matches(candidate, simulation) && candidate.kind.startsWith("load_"),
  );
  if (failure?.kind === "load_hang") await sleep(2 ** 31 - 1, undefined, { signal }).catch(() => undefined);
  for (let done = 1; done <= LOAD_REPORTS && !signal.aborted; done++) {
    await sleep(load.ms / LOAD_REPORTS, undefined, { signal }).catch(() => undefined);
    log(`loading ${Math.round((load.share * 100 * done) / LOAD_REPORTS)} %`);
  }
  if (signal.aborted) return stopped(signal);
  if (failure?.kind === "load_error") return { code: failure.code, line: `error: ${failure.message}` };
  if (fitsMemory(profile, needed)) return null;
  const line = `[metal::malloc] Unable to allocate: ${needed.toFixed(1)} GB needed, ${profile.ram_gb} GB there`;
  return { code: OUT_OF_MEMORY_CODE, line };
}

async function serve(simulation: Simulation, port: number, signal: AbortSignal): Promise<Death> {
  const { promise: died, resolve } = Promise.withResolvers<Death>();
  try {
    const server = await startSimulatedServer(simulation, port, resolve);
    log(`serving ${simulation.model} on http://127.0.0.1:${server.port}`);
    signal.addEventListener("abort", () => resolve(stopped(signal)));
    const death = signal.aborted ? stopped(signal) : await died;
    await server.close();
    return death;
  } catch (error) {
    return { code: 1, line: `error: ${errorText(error)}` };
  }
}

function stopSignals(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onTerm = () => controller.abort(143);
  const onInt = () => controller.abort(130);
  process.once("SIGTERM", onTerm).once("SIGINT", onInt);
  return { signal: controller.signal, release: () => process.off("SIGTERM", onTerm).off("SIGINT", onInt) };
}

function stopped(signal: AbortSignal): Death {
  return { code: Number(signal.reason), line: "" };
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function log(line: string): void {
  process.stderr.write(`SIMULATED ${line}\n`);
}
