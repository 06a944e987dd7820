// `apply`: show the diff of a recipe, ask on a terminal, write it, restart the provider, and take it back if that fails.
import { applyPlanned, planApplication, type Outcome, type PlannedApplication } from "../../change/apply.ts";
import type { Writing } from "../../change/writing.ts";
import { AutotuneError } from "../../core/errors.ts";
import { systemClock } from "../../platform/machine/clock.ts";
import { openLaunchd } from "../../platform/launchd/launchd.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { selfOwner } from "../../recovery/recover.ts";
import type { Store } from "../../store/store.ts";
import { canAsk, confirmed } from "../command/ask.ts";
import { notifyIfDown } from "./change-alarm.ts";
import type { Change } from "./change.ts";
import { changeDocument, exitCodeOf, showDiff, showOutcome } from "./change-report.ts";
import { say, stderrLog, type Io } from "../command/io.ts";
import { storedRecipe } from "./stored-recipe.ts";

export interface ApplyRequest {
  /** Run id or its beginning; null = the newest run with a recipe. */
  runId: string | null;
  force: boolean;
  lowerContext: boolean;
  keepContext: boolean;
  /** Write without asking. */
  yes: boolean;
  /** SHA-256 that the config must have, or "absent"; null = whatever it has. */
  expect: string | null;
  dryRun: boolean;
  json: boolean;
  readyTimeoutS: number;
}

/**
 * @returns 0, also where nothing is to change; 1 if the user said no; 70 if the recipe had to be taken back; 8 if the provider
 *   is not serving now, be the recipe taken back or not
 * @throws AutotuneError for every refusal; the signal's reason if it was interrupted
 */
export async function applyRecipe(request: ApplyRequest, store: Store, io: Io): Promise<number> {
  if (!request.dryRun) refuseBesideRun(store);
  const stored = storedRecipe(store.readers, request.runId);
  const planned = await planApplication(stored, request, store, io);
  requireExpected(request.expect, planned.file);
  const change = changeOf(planned);
  if (request.dryRun) return showPlan(change, request.json, io);
  const out = request.json ? io.stderr : io.stdout;
  showDiff(change, out, io);
  if (change.after !== null && !(await mayWrite("Write this?", request, io))) return declined(io);
  const outcome = await applyPlanned(planned, await writingOf(store, request.readyTimeoutS, io));
  return tell(change, outcome, request.json, store, io);
}

/** @throws AutotuneError busy while a run is active: its provider must stay as it is */
export function refuseBesideRun(store: Store): void {
  const run = store.activePlace();
  if (run === null || !isSameProcess(run.pid, run.pidStartedAt)) return;
  throw new AutotuneError("busy", `run ${run.runId} is active (pid ${run.pid}); its provider must stay as it is`, {
    remedy: "Wait for it (`mlx-autotune status --watch`) or end it (`mlx-autotune cancel`), then repeat.",
  });
}

/** @throws AutotuneError config_error if the config is not the one that was shown */
export function requireExpected(expected: string | null, file: PlannedApplication["file"]): void {
  const now = file.state === "file" ? file.sha256 : "absent";
  if (expected === null || expected.replace(/^sha256:/, "").toLowerCase() === now) return;
  throw new AutotuneError(
    "config_error",
    `--expect: ${file.path} was changed since the diff was shown (it ${now === "absent" ? "is not there" : `has ${now}`}); nothing was written`,
    {
      remedy: "Look at the new diff (--dry-run), then repeat with its config.sha256.",
      remedies: [{ kind: "look-again" }],
    },
  );
}

/** Without a terminal, with --json or --yes the command itself is the user's word. */
export async function mayWrite(question: string, request: { yes: boolean; json: boolean }, io: Io): Promise<boolean> {
  return request.yes || request.json || !canAsk(io) || (await confirmed(question, io));
}

export function declined(io: Io): number {
  say(io.stderr, "Nothing was written.");
  return 1;
}

export function showPlan(change: Change, json: boolean, io: Io): number {
  if (json) say(io.stdout, JSON.stringify(changeDocument(change, null), null, 2));
  else {
    showDiff(change, io.stdout, io);
    if (change.after !== null) say(io.stdout, "Nothing was written (--dry-run).");
  }
  return 0;
}

export async function tell(change: Change, outcome: Outcome, json: boolean, store: Store, io: Io): Promise<number> {
  if (json) say(io.stdout, JSON.stringify(changeDocument(change, outcome), null, 2));
  showOutcome(change, outcome, json ? { ...io, stdout: io.stderr } : io);
  await notifyIfDown(change, outcome, store, io);
  return exitCodeOf(outcome);
}

/** What writing needs of this process. */
export async function writingOf(store: Store, readyTimeoutS: number, io: Io): Promise<Writing> {
  const log = stderrLog(io);
  const launchd = await openLaunchd({ env: io.env, uid: process.getuid?.() ?? 0, signal: io.signal });
  const restart = { launchd, clock: systemClock, log, signal: io.signal, readyTimeoutS };
  return { store, self: selfOwner(), log, restart };
}

/** A planned application as it is shown. */
export function changeOf({ runId, provider, recipe, target, file, plan, unverifiedId }: PlannedApplication): Change {
  const after = plan.state === "change" ? { bytes: plan.bytes, edits: plan.edits } : null;
  const seeThrough =
    unverifiedId === null ? [] : ["It was written before, but nobody saw the provider come up with it."];
  const notes = [...plan.notes, ...seeThrough];
  return {
    command: "apply",
    runId,
    provider,
    model: recipe.model,
    applicationId: unverifiedId,
    appliedAt: null,
    target,
    file,
    after,
    notes,
    plainNotes: [...plan.plainNotes, ...seeThrough],
    choices: plan.choices,
  };
}
