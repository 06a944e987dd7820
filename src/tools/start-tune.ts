// Tool: start a tune in the background, after the user has seen what will run and what is taken out of service for it.
// Source: contract §3 (run), §5 (never drain unasked), §14.
import { Action, type Tool } from "@raycast/api";
import { askPlan } from "../lib/tune/plan-call.ts";
import { wantsDrain, refuseOtherLive, rememberLive } from "../lib/tools/recipe-tool-drain.ts";
import { wakeMenuBar } from "../lib/ui/menu-bar.ts";
import { startRun } from "../lib/worker/raycast-worker.ts";
import { inToolWords } from "../lib/tools/recipe-tool-confirmed.ts";
import { tuneFlags } from "../lib/tools/recipe-tool-input.ts";
import { planInfo, refuseConflict } from "../lib/tools/recipe-tool-plan.ts";
import { livingRunNow } from "../lib/tune/tune-form-active.ts";

type Input = {
  /** Context length in tokens that the model must serve: a whole number from 128 to 1048576. Leave out for 2000. */
  targetContext?: number;
  /**
   * Models to try, biggest first: 1 to 64 different Hugging Face ids such as "mlx-community/Qwen2.5-14B-Instruct-4bit", or folders.
   * The first one that the Mac really serves wins. Leave out for the provider's own list; ["cached"] for those on disk.
   */
  models?: string[];
  /** Leave bigger models out of the provider's own list, with unit, such as "8B". Not together with models. */
  maxModelSize?: string;
  /** Leave smaller models out of the provider's own list, with unit, such as "3B". Not together with models. */
  minModelSize?: string;
  /** Program that serves the models. Leave out to take the one that is found; "simulated" measures nothing real. */
  provider?: "auto" | "macprovider" | "mlx-lm" | "simulated";
  /** How knobs are compared: "race" (default, quicker and against drift) or "fixed" (every cell equally often). */
  method?: "race" | "fixed";
  /**
   * true: take the live provider out of service for the run. One under launchd is brought back at its end, one that was started by hand
   * is stopped and stays so. Only if the user agrees to that. Leave out for false.
   */
  drain?: boolean;
  /** true, with drain: also start again what was started by hand, with its own command line. Leave out for false. */
  restartForeground?: boolean;
  /** Limit of the whole run in seconds: a whole number from 1 to 604800. Leave out for 7200. */
  maxDurationSeconds?: number;
};

export const confirmation: Tool.Confirmation<Input> = async (input) => {
  const flags = tuneFlags(input);
  refuseSecond();
  const plan = await inToolWords(() => askPlan(flags));
  refuseConflict(plan);
  await rememberLive(flags, plan);
  const hasLive = (plan.conflict?.live.length ?? 0) > 0;
  return {
    style: hasLive ? Action.Style.Destructive : Action.Style.Regular,
    message: hasLive
      ? "Start measuring, and take the live provider out of service until it ends?"
      : "Start measuring? The Mac is busy until it ends.",
    info: planInfo(plan),
  };
};

/**
 * Start measuring which model and knobs this Mac should serve. It runs in the background for minutes up to two hours; ask get-status
 * for its progress, and explain-recipe once it has ended.
 */
export default async function tool(input: Input): Promise<object> {
  const flags = tuneFlags(input);
  refuseSecond();
  if (wantsDrain(flags)) await refuseOtherLive(flags);
  const { runId, logPath } = await inToolWords(() => startRun(flags));
  await wakeMenuBar();
  return { state: "started", run_id: runId, log_path: logPath };
}

function refuseSecond(): void {
  const active = livingRunNow();
  if (active !== null)
    throw new Error(
      `Run ${active.run_id} is active; there is one run at a time. Wait for it (get-status), or let the user cancel it with Cancel Tuning.`,
    );
}
