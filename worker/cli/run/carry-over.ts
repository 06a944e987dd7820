// What a resumed run carries over: nothing if anything that has a say in a figure has changed, else every verdict and every visit
// that this run would have made itself, up to the first that it would not. Source: contract §15 (resume).
import type { TunePlan } from "../../autotune.ts";
import type { CarriedOver, CarriedVisit } from "../../context.ts";
import { AutotuneError } from "../../core/errors.ts";
import { measuredCosts } from "../../core/result/estimate.ts";
import { visitFigures } from "../../core/measure/figures.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import { DEFAULT_KNOBS } from "../../core/knobs.ts";
import type { TrialFigures } from "../../core/measure/measurement.ts";
import type { RunRow, TrialRow } from "../../core/runs/read-model.ts";
import { replay, visitResult } from "../../core/search/replay.ts";
import { cellsText, differences, WITHOUT_WEIGHTS, type Conditions } from "../../core/runs/resume-conditions.ts";
import type { Cell } from "../../core/search/search.ts";
import { storedVisit, type StoredVisit } from "../../core/runs/stored-visit.ts";
import { readBootId } from "../../platform/processes/boot-id.ts";
import { searchSettings } from "../../tune/stage2.ts";
import type { Readers } from "../../core/runs/readers.ts";
import type { StoredRun } from "../../store/run-journal.ts";
import type { Prepared } from "./prepare.ts";
import { counted, shortId } from "../../core/units.ts";

/** The run that is resumed. */
export interface Resumption {
  run: RunRow;
  /** Seconds of its time limit that its finished visits took; they count. */
  spentSeconds: number;
  /** Candidates that this command line names itself; only these are tried although the machine went down with them. */
  namedNow: string[] | null;
}

interface Place {
  prepared: Prepared;
  plan: TunePlan;
  inputs: Inputs;
  readers: Readers;
  journal: StoredRun;
  env: NodeJS.ProcessEnv;
}

/**
 * Check the conditions, replay, and copy into the new run what was accepted, all before anything is started.
 * @throws AutotuneError config_error naming what differs, was and now
 */
export async function carryOver({ run }: Resumption, place: Place): Promise<{ carried: CarriedOver; note: string }> {
  const stored = storedTrials(place.readers, run.run_id);
  const verdicts = verdictsOf(stored, place.prepared);
  const chosen = verdicts.find(({ finished }) => finished.visit.misfit === null) ?? null;
  const cells = chosen ? place.plan.cellsFor(chosen.model) : [];
  await requireSameConditions(run, verdicts, chosen ? cells : null, place);
  const visits = chosen ? finishedVisits(stored, chosen.model, cells) : [];
  const { accepted, stoppedAt } = chosen ? accept(chosen, visits, cells, place) : { accepted: 0, stoppedAt: null };
  const used = [...verdicts, ...visits.slice(0, accepted)];
  const copies = place.journal.carryOver(
    run.run_id,
    used.map(({ finished }) => finished.id),
    figuresOfFewer(used),
  );
  const takenVisit = ({ trial, finished, cellIndex }: Finished): CarriedVisit => {
    const { visit, elapsedSeconds, wallMs, start, nonceSet, promptScale } = finished;
    const trialId = copies.get(trial.id) ?? 0;
    return { trialId, cellIndex, visit, elapsedSeconds, wallMs, start, nonceSet, promptScale };
  };
  const again =
    stoppedAt === null ? "" : `; visit ${accepted + 1} and what came after it are measured again: ${stoppedAt}`;
  return {
    carried: {
      runId: run.run_id,
      candidates: new Map(verdicts.map((one) => [one.model, takenVisit(one)])),
      visits: visits.slice(0, accepted).map(takenVisit),
    },
    note: `Resuming run ${shortId(run.run_id)} of ${run.started_at_utc ?? "an unknown time"}: ${counted(verdicts.length, "verdict")} and ${counted(accepted, "visit")} are not made again${again}`,
  };
}

/** A finished visit with its trial. */
interface Finished {
  trial: TrialRow;
  model: string;
  cellIndex: number;
  finished: StoredVisit;
}

interface StoredTrials {
  trials: TrialRow[];
  /** All visits of the run in the order in which they ended. */
  visits: ReturnType<Readers["visits"]>;
  replicates(trialId: number): ReturnType<Readers["replicates"]>;
}

function storedTrials(readers: Readers, runId: string): StoredTrials {
  const known = new Map<number, ReturnType<Readers["replicates"]>>();
  return {
    trials: readers.trials(runId),
    visits: readers.visits(runId),
    replicates(trialId) {
      const rows = known.get(trialId) ?? readers.replicates(trialId);
      known.set(trialId, rows);
      return rows;
    },
  };
}

/** Verdicts as Stage 1 would reach them: in the given order, up to the first that fits or is not known. */
function verdictsOf(stored: StoredTrials, { candidates }: Prepared): Finished[] {
  const verdicts: Finished[] = [];
  for (const { id } of candidates) {
    const trial = stored.trials.find((one) => one.stage === 1 && one.model === id);
    const visit = trial && stored.visits.find((one) => one.trial_id === trial.id);
    const finished = visit ? read(stored, visit, DEFAULT_KNOBS) : null;
    if (!trial || !finished) break;
    verdicts.push({ trial, model: id, cellIndex: 0, finished });
    if (finished.visit.misfit === null) break;
  }
  return verdicts;
}

/** Visits of Stage 2, up to the first that cannot be read or whose cell is none now. */
function finishedVisits(stored: StoredTrials, model: string, cells: readonly Cell[]): Finished[] {
  const trials = new Map(
    stored.trials.filter((one) => one.stage === 2 && one.model === model).map((trial) => [trial.id, trial]),
  );
  const visits: Finished[] = [];
  for (const row of stored.visits) {
    const trial = trials.get(row.trial_id);
    if (!trial) continue;
    const cell = cells[trial.position ?? -1];
    const finished = cell ? read(stored, row, cell.knobs) : null;
    if (!cell || !finished) break;
    visits.push({ trial, model, cellIndex: cell.index, finished });
  }
  return visits;
}

function read(stored: StoredTrials, row: StoredTrials["visits"][number], knobs: Cell["knobs"]): StoredVisit | null {
  const own = stored.replicates(row.trial_id).filter((one) => one.visit_id === row.id);
  return storedVisit(row, own, knobs);
}

/** Replay the search over them. */
function accept(chosen: Finished, visits: Finished[], cells: Cell[], { plan, inputs }: Place) {
  const costs = measuredCosts(chosen.finished.visit, chosen.finished.wallMs, plan.prior);
  const finished = visits.map(({ trial, cellIndex, finished: one }) => ({
    knobs: trial.knobs_json ?? one.visit.knobs,
    nonceSet: one.nonceSet,
    result: visitResult(cellIndex, one.visit, one, inputs.maxDurationS),
  }));
  return replay(plan.method, searchSettings(inputs, costs, cells), finished);
}

/** Figures of trials that do not get all of their visits, by the trial's id. */
function figuresOfFewer(used: readonly Finished[]): ReadonlyMap<number, TrialFigures> {
  const byTrial = Map.groupBy(used, ({ trial }) => trial);
  return new Map(
    [...byTrial]
      .filter(([trial, own]) => own.length < trial.visits_n)
      .map(([trial, own]) => [trial.id, visitFigures(own.map(({ finished }) => finished.visit))]),
  );
}

async function requireSameConditions(
  run: RunRow,
  verdicts: readonly Finished[],
  cells: Cell[] | null,
  { prepared, env }: Place,
): Promise<void> {
  const { machine, provider, candidates } = prepared;
  const stage2 =
    cells && run.cells_json ? [["settings to compare", cellsText(run.cells_json), cellsText(cells)] as const] : [];
  const rows = [
    ["provider", run.provider, provider.id],
    ["program", run.binary_version, machine.binary_version],
    ["chip", run.machine_chip, machine.chip],
    ["RAM (GB)", run.machine_ram_gb, machine.ram_gb],
    ["OS", run.machine_os_version, machine.os_version],
    ["boot of the machine", run.boot_id, await readBootId(env)],
    ["candidates", run.candidate_models_json?.join(",") ?? null, candidates.map(({ id }) => id).join(",")],
    ...stage2,
    ...(await revisions(verdicts, prepared)),
  ] as const;
  const was: Conditions = rows.map(([what, value]) => [what, value]);
  const now: Conditions = rows.map(([what, , value]) => [what, value]);
  const changed = differences(
    was,
    now,
    rows.map(([what]) => what).filter((what) => what.startsWith(WEIGHTS)),
  );
  if (changed.length === 0) return;
  throw new AutotuneError(
    "config_error",
    [`run ${shortId(run.run_id)} cannot be resumed, its figures do not hold any more:`, ...changed].join("\n"),
    { remedy: "Leave out --resume to start anew." },
  );
}

const WEIGHTS = "weights of ";

/** Local folders have no revision: then it is unknown on both sides. */
async function revisions(verdicts: readonly Finished[], { provider, preWarm }: Prepared) {
  if (!provider.needsWeights) return [];
  const looked = verdicts.filter(({ finished }) => !WITHOUT_WEIGHTS.includes(finished.visit.misfit?.class ?? ""));
  return Promise.all(
    looked.map(async ({ trial, model }) => {
      const weights = await preWarm.inspect(model);
      const now = weights === null ? "not complete on disk" : weights.revision;
      return [`${WEIGHTS}${model}`, trial.model_revision, now] as const;
    }),
  );
}
