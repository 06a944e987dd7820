// `revert`: take an application back, the newest one in force if none is named. Twice is a no-op.
import { AutotuneError } from "../../core/errors.ts";
import type { ApplicationRow } from "../../core/runs/read-model.ts";
import { planReversion, revertPlanned, type PlannedReversion } from "../../change/revert.ts";
import type { Store } from "../../store/store.ts";
import {
  declined,
  mayWrite,
  refuseBesideRun,
  requireExpected,
  showPlan,
  tell,
  writingOf,
  type ApplyRequest,
} from "./apply.ts";
import type { Change } from "./change.ts";
import { showDiff } from "./change-report.ts";
import { say, type Io } from "../command/io.ts";

export type RevertRequest = Omit<ApplyRequest, "runId" | "lowerContext" | "keepContext"> & {
  /** Number of an application, or a run's id or its beginning; null = the newest one in force. */
  application: string | null;
};

/** @returns as applyRecipe; 0 if there is nothing to take back. @throws as applyRecipe */
export async function revertRecipe(request: RevertRequest, store: Store, io: Io): Promise<number> {
  if (!request.dryRun) refuseBesideRun(store);
  const application = chosen(request.application, store);
  if (application === null) return nothingToRevert("No recipe is applied.", request.json, io);
  const over = OVER[application.state];
  if (over !== undefined) return nothingToRevert(`Application ${application.id} ${over}.`, request.json, io);
  const planned = await planReversion(application, { force: request.force }, store, io);
  requireExpected(request.expect, planned.file);
  const change = changeOf(planned);
  if (request.dryRun) return showPlan(change, request.json, io);
  showDiff(change, request.json ? io.stderr : io.stdout, io);
  if (!(await mayWrite("Take it back?", request, io))) return declined(io);
  const outcome = await revertPlanned(planned, request.force, await writingOf(store, request.readyTimeoutS, io));
  return tell(change, outcome, request.json, store, io);
}

/** States in which there is nothing left to take back. */
const OVER: Partial<Record<ApplicationRow["state"], string>> = {
  reverted: "was taken back before",
  rolled_back: "was taken back at once, as the provider did not come up",
  failed: "was never written",
};

/** @throws AutotuneError not_found if it names nothing */
function chosen(name: string | null, { readers }: Store): ApplicationRow | null {
  const all = readers.applications();
  const inForce = (row: ApplicationRow) => OVER[row.state] === undefined;
  if (name === null) return all.find(inForce) ?? null;
  const byNumber = all.find((row) => String(row.id) === name);
  if (byNumber !== undefined) return byNumber;
  const ofRun = all.filter((row) => row.run_id.startsWith(name) && name !== "");
  const found = ofRun.find(inForce) ?? ofRun[0];
  if (found !== undefined) return found;
  throw new AutotuneError("not_found", `there is no application "${name}", and no run of that id was applied`, {
    remedy: "Leave it out to take back what was applied last; `mlx-autotune status` names it.",
  });
}

function nothingToRevert(text: string, json: boolean, io: Io): number {
  const document = {
    command: "revert",
    state: "unchanged",
    changes: [],
    notes: [text],
    plain_notes: [text],
    choices: [],
    exit_code: 0,
  };
  say(io.stdout, json ? JSON.stringify(document, null, 2) : `${text} Nothing to take back.`);
  return 0;
}

function changeOf({ application, file, plan, target }: PlannedReversion): Change {
  const { id, run_id: runId, at_utc: at, provider, model } = application;
  const after = plan.state === "change" ? { bytes: plan.bytes, edits: plan.edits } : null;
  return {
    command: "revert",
    runId,
    provider,
    model,
    applicationId: id,
    appliedAt: at,
    target,
    file,
    after,
    notes: [],
    plainNotes: [],
    choices: [],
  };
}
