// What is said before a run is cancelled, and after. Pure. Source: contract §3 (interrupted: null before Stage 2, partial within it).
import { shortModel } from "../../worker/core/format.ts";
import type { ActiveRow, DrainRow, RunRow } from "../../worker/core/read-model.ts";

/** @param drained names of services that the run has taken out */
export function cancelDialog(active: ActiveRow, drained: string[]): { title: string; message: string } {
  const done = active.share === null ? "" : `, ${Math.round(active.share * 100)} % done`;
  const model = active.candidate === null ? "" : ` with ${shortModel(active.candidate)}`;
  return {
    title: `Cancel run ${active.run_id.slice(0, 8)}?`,
    message: [
      `It is ${active.phase}${model}${done}.`,
      active.stage === 2
        ? "What was compared so far is kept as a partial recipe, which can be applied; the rest is lost."
        : "No model was found yet, so there will be no recipe.",
      drained.length === 0 ? "" : `Back in service after it: ${drained.join(", ")}.`,
    ]
      .filter((line) => line !== "")
      .join("\n"),
  };
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
