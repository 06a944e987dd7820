// `sweep`: what an endpoint that is already running serves at which context and concurrency.
// Nothing that leaves this file holds the key.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { AutotuneError, RunStopped, SIGNAL_CODES, EXIT_CODES } from "../../core/errors.ts";
import type { Progress } from "../../context.ts";
import { SIMULATED_BANNER } from "../../core/units.ts";
import { leftText } from "../../core/measure/sweep-cause.ts";
import { maskOf } from "../../core/secrets/secret-mask.ts";
import type { Settings } from "../../core/settings/settings.ts";
import { controlDrift, gridOf, type SweepCell, type SweepDocument, type SweepPlan } from "../../core/measure/sweep.ts";
import { readSweepFlags, type SweepAsked } from "../../core/settings/sweep-options.ts";
import { interruptible } from "../../interruptible.ts";
import { readApiKey } from "../../platform/endpoint/api-key.ts";
import { systemClock } from "../../platform/machine/clock.ts";
import { isListening, listModels } from "../../platform/endpoint/endpoint.ts";
import { writePrivately } from "../../platform/files/private-file.ts";
import { heatMap } from "../../report/heat-map.ts";
import type { Store } from "../../store/store.ts";
import type { NewSweep } from "../../store/sweeps.ts";
import { sweepGrid } from "../../sweep/sweep.ts";
import { createTerminal, type Terminal } from "../command/terminal.ts";
import { say, type Io } from "../command/io.ts";
import { databaseFiles } from "../history/report.ts";
import { reportFolder } from "../history/run-files.ts";
import { cellLine, planText, sweepText } from "./sweep-text.ts";

/**
 * Sweep, or say what would be done.
 * @returns 0; 3 if no cell is feasible; 128 + the signal's number if one ended it, with what was measured kept
 * @throws AutotuneError config_error for bad flags, an unreadable key, or an endpoint whose model cannot be told
 */
export async function sweep(given: Record<string, unknown>, settings: Settings, store: Store, io: Io): Promise<number> {
  const read = readSweepFlags(given);
  if ("problems" in read)
    throw new AutotuneError("config_error", read.problems.join("\n"), { remedy: "See `mlx-autotune sweep --help`." });
  const { asked } = read;
  if (settings.dryRun) return dryRun(asked, settings, io);
  const { inputs } = settings;
  const terminal = createTerminal(io.stderr, io.stderr.isTTY && !inputs.json, inputs.verbose);
  try {
    const key = asked.apiKeyFile === null ? null : await interruptible(keyOf(asked, terminal), io.signal);
    const mask = maskOf(key);
    const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
    const { model, simulated } = await modelOf(asked, headers, mask, io.signal);
    const plan = planOf(asked, settings, model);
    const active = store.readers.activeRun();
    if (active) terminal.log.warn(`Run ${active.run_id} is active: both measure each other's load.`);
    if (simulated) terminal.log.warn(SIMULATED_BANNER);
    const document = await measure({ plan, simulated, headers, mask, store, terminal, inputs }, io);
    terminal.close();
    say(io.stdout, inputs.json ? JSON.stringify(document.printed, null, 2) : sweepText(document.printed));
    return document.code;
  } finally {
    terminal.close();
  }
}

/** What a dry run cannot know yet. */
const UNKNOWN_MODEL = "(the one that the endpoint lists)";

function dryRun(asked: SweepAsked, settings: Settings, io: Io): number {
  const plan = planOf(asked, settings, asked.model ?? UNKNOWN_MODEL);
  const cells = gridOf(plan);
  const document = { ...plan, model: asked.model, apiKeyFile: asked.apiKeyFile, cells };
  say(io.stdout, settings.inputs.json ? JSON.stringify(document, null, 2) : planText(plan, cells));
  return 0;
}

function planOf(asked: SweepAsked, { inputs }: Settings, model: string): SweepPlan {
  const { baseUrl, contexts, concurrency, decodeControl } = asked;
  const { gateTtftMs: gateMs, maxTokens, seed } = inputs;
  return { baseUrl, model, contexts, concurrency, gateMs, maxTokens, decodeControl, seed };
}

async function keyOf(asked: SweepAsked, { log }: Terminal): Promise<string> {
  const { key, warning } = await readApiKey(asked.apiKeyFile ?? "");
  if (warning !== null) log.warn(warning);
  const { protocol, hostname } = new URL(asked.baseUrl);
  if (protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    log.warn(`The key goes to ${hostname} unencrypted: ${asked.baseUrl} is not https.`);
  return key;
}

/** The model that is asked for, and whether the endpoint says that it only simulates. */
async function modelOf(
  asked: SweepAsked,
  headers: Record<string, string>,
  mask: (text: string) => string,
  signal: AbortSignal,
): Promise<{ model: string; simulated: boolean }> {
  const listing = await listModels(asked.baseUrl, headers, signal, { headOnly: asked.model !== null });
  if (asked.model !== null) return { model: asked.model, simulated: listing.simulated };
  const refuse = (why: string, remedy: string) =>
    new AutotuneError("config_error", `${asked.baseUrl}: ${mask(why)}`, { remedy });
  if (!listing.ok) {
    const wantsKey = listing.status === 401 || listing.status === 403;
    const remedy = wantsKey
      ? asked.apiKeyFile === null
        ? "Give its key with --api-key-file."
        : "See that the file named with --api-key-file holds the right key."
      : "See that the endpoint runs, or name the model with --model.";
    throw refuse(`cannot list its models: ${listing.reason}`, remedy);
  }
  const [only, ...others] = listing.models;
  if (only === undefined) throw refuse("it lists no model", "Name the model with --model.");
  if (others.length > 0)
    throw refuse(
      `it lists ${listing.models.length} models: ${listing.models.slice(0, 8).join(", ")}${listing.models.length > 8 ? ", …" : ""}`,
      "Name one with --model.",
    );
  return { model: only, simulated: listing.simulated };
}

interface Measuring {
  plan: SweepPlan;
  simulated: boolean;
  headers: Record<string, string>;
  mask: (text: string) => string;
  store: Store;
  terminal: Terminal;
  inputs: Settings["inputs"];
}

/** Measure, keep every cell, and write the heat map, also of a sweep that a signal ended. */
async function measure(sweep: Measuring, io: Io): Promise<{ printed: SweepDocument; code: number }> {
  const { plan, store, mask } = sweep;
  const stored = { sweepId: randomUUID(), plan: { ...plan, model: mask(plan.model) }, simulated: sweep.simulated };
  store.sweeps.probe(stored);
  const startedAt = systemClock.utc();
  const cells: SweepCell[] = [];
  const controls: number[] = [];
  const ended = await runGrid(sweep, stored, cells, controls, io.signal);
  const code = ended.by === null ? codeOf(cells) : signalCode(ended.by);
  const document: SweepDocument = {
    sweep_id: stored.sweepId,
    base_url: plan.baseUrl,
    model: stored.plan.model,
    simulated: sweep.simulated,
    started_at: startedAt,
    ended_at: systemClock.utc(),
    contexts: plan.contexts,
    concurrency: plan.concurrency,
    gate_ttft_ms: plan.gateMs,
    max_tokens: plan.maxTokens,
    seed: plan.seed,
    cells,
    stopped: ended.stopped,
    control_tps: controls,
    control_drift: controlDrift(controls),
    exit_reason: ended.by !== null ? "interrupted" : code === 0 ? "ok" : "no_feasible",
    report_path: null,
    db_path: sweep.inputs.dbPath,
  };
  return { printed: { ...document, report_path: writeHeatMap(document, sweep.terminal) }, code };
}

/** Fill `cells` and `controls`. @returns why cells are missing, and the signal if one came; other errors are thrown */
async function runGrid(
  { plan, headers, mask, store, terminal, inputs }: Measuring,
  stored: NewSweep,
  cells: SweepCell[],
  controls: number[],
  signal: AbortSignal,
): Promise<{ stopped: string | null; by: RunStopped | null }> {
  const grid = gridOf(plan);
  const onCell = (cell: SweepCell) => {
    cells.push(cell);
    store.sweeps.record(stored, cell);
    terminal.log.info(cellLine(cell, cells, grid.slice(cells.length), plan.maxTokens));
  };
  const report = (progress: Progress) => terminal.draw({ ...progress, candidate: stored.plan.model });
  const onControl = (tps: number) => void controls.push(tps);
  try {
    const isThere = () => isListening(plan.baseUrl, signal);
    const told = { onCell, onControl, report, log: terminal.log };
    const given = { plan, headers, mask, readyTimeoutS: inputs.readyTimeoutS, isThere, signal, clock: systemClock };
    return { stopped: await sweepGrid({ ...given, ...told }), by: null };
  } catch (error) {
    if (!(error instanceof RunStopped)) throw error;
    return { stopped: `${error.message}${leftText(grid.length - cells.length)}`, by: error };
  }
}

/** A heat map that cannot be written is said; the rows are what counts. */
function writeHeatMap(document: SweepDocument, { log }: Terminal): string | null {
  const path = join(reportFolder(document.db_path), `sweep-${document.sweep_id}.html`);
  try {
    return writePrivately(path, heatMap(document), databaseFiles(document.db_path));
  } catch (error) {
    if (!(error instanceof AutotuneError)) throw error;
    log.warn(error.message);
    return null;
  }
}

const codeOf = (cells: readonly SweepCell[]): number =>
  cells.some((cell) => cell.feasible) ? 0 : EXIT_CODES.no_feasible;

const signalCode = ({ why }: RunStopped): number =>
  why.kind === "interrupted" ? SIGNAL_CODES[why.signal] : EXIT_CODES.interrupted;
