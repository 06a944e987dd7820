// Autotune Status: the active run and the last recipe in the menu bar. It reads, shows and ends; it never starts a process itself.
// Source: contract §14, §5 (red state).
import { MenuBarExtra } from "@raycast/api";
import { lastRecipe, StatusMenu } from "./components/runs/RunStatusMenu.tsx";
import { useConfigLooks } from "./hooks/use-config-now.ts";
import { useDatabase } from "./hooks/use-database.ts";
import { useAbandonedRestore } from "./hooks/use-run-restore.ts";
import { useSubtitle } from "./hooks/use-run-subtitle.ts";
import { readRunList } from "./lib/runs/run-reading.ts";
import { liveSubtitle, recipeSubtitle } from "./lib/runs/run-subtitle.ts";
import { withConfig } from "./lib/runs/run-config.ts";

export default function AutotuneStatus() {
  const { data, problem, isLoading } = useDatabase(readRunList, [], null);
  const subtitle = data && (data.active === null ? recipeSubtitle(data.runs) : liveSubtitle(data.active));
  const isWriting = useSubtitle(subtitle);
  const isLaunching = useAbandonedRestore(data?.alarms);
  const last = data === undefined ? null : lastRecipe(data);
  const { looks, isLooking } = useConfigLooks(last?.application ? [last.application] : [], data?.nowMs ?? 0);
  // The command is ended as soon as nothing is loading.
  const isBusy = isLoading || isWriting || isLaunching || isLooking;
  const nothingYet = problem?.kind === "missing" || (data?.runs.length === 0 && data.alarms.length === 0);
  if (nothingYet && !isBusy) return null;
  if (nothingYet || (data === undefined && problem === null)) return <MenuBarExtra isLoading={isBusy} />;
  const shown = last && withConfig(last, looks, undefined);
  return <StatusMenu list={data ?? null} problem={problem} last={shown} isLoading={isBusy} />;
}
