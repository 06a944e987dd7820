// Autotune Status: the active run and the last recipe in the menu bar. It reads, shows and ends; it never starts a process itself.
// Source: contract §14, §5 (red state).
import { getPreferenceValues, LaunchType, MenuBarExtra, type LaunchProps } from "@raycast/api";
import { StatusMenu } from "./components/runs/RunStatusMenu.tsx";
import { useConfigLooks } from "./hooks/use-config-now.ts";
import { useDatabase } from "./hooks/use-database.ts";
import { useHiddenNote, useMenuBarSeen } from "./hooks/use-menu-bar.ts";
import { useAbandonedRestore } from "./hooks/use-run-restore.ts";
import { useSubtitle } from "./hooks/use-run-subtitle.ts";
import { isNothingYet } from "./lib/database/database-problem.ts";
import { isIdle, readRunStatus, type RunStatus } from "./lib/runs/run-status.ts";
import { liveSubtitle, recipeSubtitle } from "./lib/runs/run-subtitle.ts";
import { withConfig } from "./lib/runs/run-config.ts";

/** An open menu keeps up with the run, ms. A closed one is ended before: as soon as nothing is loading. */
const LOOK_MS = 1000;

export default function AutotuneStatus({ launchType }: LaunchProps) {
  const { data, problem, behind, isLoading } = useDatabase(readRunStatus, [], LOOK_MS);
  useMenuBarSeen();
  const isNew = isNothingYet(problem);
  const isHidden = (isNew || (data !== undefined && isIdle(data))) && hidesWhileIdle();
  const isWriting = useSubtitle(data && subtitleOf(data));
  const isLaunching = useAbandonedRestore(data?.alarms);
  const isTelling = useHiddenNote(isHidden && launchType === LaunchType.UserInitiated);
  const last = data?.last ?? null;
  const shown = isHidden ? null : (last?.application ?? null);
  const { looks, isLooking } = useConfigLooks(shown === null ? [] : [shown], data?.nowMs ?? 0);
  const isBusy = isLoading || isWriting || isLaunching || isTelling || isLooking;
  if (isHidden && !isBusy) return null;
  if (isHidden || isLoading) return <MenuBarExtra isLoading={isBusy} />;
  // A file that is not there yet is no fault: nothing was measured.
  const fault = isNew ? null : (problem ?? behind);
  const withLook = last && withConfig(last, looks, undefined);
  return <StatusMenu status={data ?? null} problem={fault} last={withLook} isLoading={isBusy} />;
}

const subtitleOf = ({ active, last }: RunStatus): string | null =>
  active === null ? recipeSubtitle(last === null ? [] : [last]) : liveSubtitle(active);

const hidesWhileIdle = (): boolean => getPreferenceValues<{ hideWhileIdle: boolean }>().hideWhileIdle;
