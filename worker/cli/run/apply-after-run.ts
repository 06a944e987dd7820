// `run --apply`: the recipe goes into the config at the end of its run, once the live provider is back. The row is written before;
// whatever happens here is said and stored, and never changes how the run itself ended.
import { applyPlanned, planApplication } from "../../change/apply.ts";
import { AutotuneError, errorText } from "../../core/errors.ts";
import type { AppliedAtEnd } from "../../core/result/recipe.ts";
import type { Store } from "../../store/store.ts";
import { changeOf, writingOf } from "../change/apply.ts";
import { notifyIfDown, remediesOf } from "../change/change-alarm.ts";
import { exitCodeOf, showDiff, showOutcome } from "../change/change-report.ts";
import { say, type Io } from "../command/io.ts";
import { storedRecipe } from "../change/stored-recipe.ts";
import { shortId } from "../../core/units.ts";

type Note = (end: AppliedAtEnd["state"], text: string) => void;

/**
 * Apply what a run has found, without asking: --apply was the user's word.
 * @param options.json stdout is for the result alone
 * @returns what came of it, for the result document; `exitCode` 8 if the provider is not serving now, else 0
 */
export async function applyAfterRun(
  runId: string,
  options: { json: boolean; readyTimeoutS: number; note: Note },
  store: Store,
  io: Io,
): Promise<{ document: AppliedAtEnd; exitCode: number }> {
  const out = options.json ? { ...io, stdout: io.stderr } : io;
  try {
    const planned = await planApplication(storedRecipe(store.readers, runId), {}, store, io);
    const change = changeOf(planned);
    say(out.stdout, "");
    showDiff(change, out.stdout, io);
    const outcome = await applyPlanned(planned, await writingOf(store, options.readyTimeoutS, io));
    showOutcome(change, outcome, out);
    await notifyIfDown(change, outcome, store, io);
    options.note(outcome.state, change.target.path);
    const { state, backupPath: backup_path } = outcome;
    const detail = outcome.stuck === null ? null : [outcome.stuck.problem, ...remediesOf(change, outcome)].join("\n");
    const exitCode = exitCodeOf(outcome);
    return {
      document: { state, config_path: change.target.path, backup_path, detail },
      exitCode: exitCode === 8 ? 8 : 0,
    };
  } catch (error) {
    return { document: notApplied(error, runId, options.note, io), exitCode: 0 };
  }
}

function notApplied(error: unknown, runId: string, note: Note, io: Io): AppliedAtEnd {
  const remedy = error instanceof AutotuneError ? error.remedy : undefined;
  const detail = [errorText(error), remedy].filter(Boolean).join("\n");
  say(io.stderr, `\nNOT APPLIED: ${detail.split("\n").join("\n  ")}`);
  say(io.stderr, `Later: mlx-autotune apply ${shortId(runId)}`);
  note("refused", detail);
  return { state: "refused", config_path: null, backup_path: null, detail };
}
