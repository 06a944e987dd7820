// Autotune Status: the active run and the last recipe in the menu bar. It reads, shows and ends; it never starts a process itself.
// Source: contract §14, §5 (red state).
import { MenuBarExtra } from "@raycast/api";
import { StatusMenu } from "./components/RunStatusMenu.tsx";
import { useDatabase } from "./hooks/use-database.ts";
import { useAbandonedRestore } from "./hooks/use-run-restore.ts";
import { useSubtitle } from "./hooks/use-run-subtitle.ts";
import { readRunList } from "./lib/run-reading.ts";
import { liveSubtitle, recipeSubtitle } from "./lib/run-subtitle.ts";

export default function AutotuneStatus() {
  const { data, problem, isLoading } = useDatabase(readRunList, [], null);
  const subtitle = data && (data.active === null ? recipeSubtitle(data.runs) : liveSubtitle(data.active));
  const isWriting = useSubtitle(subtitle);
  const isLaunching = useAbandonedRestore(data?.alarms);
  // The command is ended as soon as nothing is loading.
  const isBusy = isLoading || isWriting || isLaunching;
  const nothingYet = problem?.kind === "missing" || (data?.runs.length === 0 && data.alarms.length === 0);
  if (nothingYet && !isBusy) return null;
  if (nothingYet || (data === undefined && problem === null)) return <MenuBarExtra isLoading={isBusy} />;
  return <StatusMenu list={data ?? null} problem={problem} isLoading={isBusy} />;
}
