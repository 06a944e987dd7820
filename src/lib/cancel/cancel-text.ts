// What is said before a run is cancelled, and after. Pure. Source: contract §3 (interrupted: null before Stage 2, partial within it).
import { activeWhere } from "../../../worker/core/runs/active-progress.ts";
import { shortId, shortModel } from "../../../worker/core/units.ts";
import type { ActiveRow, DrainRow, RunRow } from "../../../worker/core/runs/read-model.ts";

/** @param drained what the run has taken out */
export function cancelDialog(active: ActiveRow, drained: DrainRow[]): { title: string; message: string } {
  const where = activeWhere(active);
  const done = where === null ? "" : active.share === null ? `, ${where}` : `, ${where} done`;
  const model = active.candidate === null ? "" : ` (${shortModel(active.candidate)})`;
  return {
    title: `Cancel run ${shortId(active.run_id)}?`,
    message: [
      `It is ${active.phase}${model}${done}.`,
      active.stage === 2
        ? "What was compared so far is kept as a partial recipe, which can be applied; the rest is lost."
        : "No model was found yet, so there will be no recipe.",
      named("Back in service after it", drained.filter(comesBack)),
      named(
        "Not started again",
        drained.filter((row) => !comesBack(row)),
      ),
    ]
      .filter((line) => line !== "")
      .join("\n"),
  };
}

const named = (what: string, drains: DrainRow[]): string =>
  drains.length === 0 ? "" : `${what}: ${drains.map(({ name }) => name).join(", ")}.`;

/** A foreground provider only with --restart-foreground. */
const comesBack = ({ kind, service_json: service }: DrainRow): boolean =>
  kind === "launchd" || service?.["restart"] === true;

/** While it stops. @param drained what the run has taken out */
export function stoppingText(drained: DrainRow[]): string {
  const back = drained.filter(comesBack).map(({ name }) => name);
  return `Its model is unloaded${back.length === 0 ? "" : `, then back in service: ${back.join(", ")}`}`;
}

/** One line about a run that was cancelled. */
export function stoppedText(run: RunRow, drains: DrainRow[]): string {
  const back = drains.filter(({ run_id, state }) => run_id === run.run_id && state === "restored");
  const left = drains.filter(({ run_id, state }) => run_id === run.run_id && state === "left_out");
  return [
    run.recipe_hash === null ? "No recipe" : "A partial recipe is kept",
    ...(back.length === 0 ? [] : [`back in service: ${back.map(({ name }) => name).join(", ")}`]),
    ...(left.length === 0 ? [] : [`stopped for good: ${left.map(({ name }) => name).join(", ")}`]),
  ].join(" · ");
}
