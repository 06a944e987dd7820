// What the menu bar shows: progress while a run is active, red while something is out of service, else the last recipe.
// Source: contract §14 (Autotune Status).
import { Icon, launchCommand, LaunchType, MenuBarExtra, openExtensionPreferences, type Image } from "@raycast/api";
import { getProgressIcon } from "@raycast/utils";
import { labelled } from "../../../worker/core/measure/figure.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { shortModel } from "../../../worker/core/units.ts";
import { setKnobs } from "../../../worker/core/knobs.ts";
import { activeProgress, activeWhere } from "../../../worker/core/runs/active-progress.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import { mayDiffer } from "../../lib/recipe/config-seen.ts";
import { inRaycast } from "../../lib/ui/raycast-words.ts";
import type { DatabaseProblem } from "../../lib/database/database-problem.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { chartColors, icon } from "../../lib/ui/palette.ts";
import type { RunStatus } from "../../lib/runs/run-status.ts";
import { candidateText, elapsedText, liveText, phaseText, silenceText } from "../../lib/runs/run-progress.ts";
import { appliedTags, type RunSummary } from "../../lib/runs/run-summary.ts";

interface Props {
  /** null while the database cannot be read, and before there is one. */
  status: RunStatus | null;
  problem: DatabaseProblem | null;
  /** The run whose recipe is shown, with what its config holds. */
  last: RunSummary | null;
  isLoading: boolean;
}

export function StatusMenu({ status, problem, last, isLoading }: Props) {
  const active = status?.active ?? null;
  const title = active === null ? {} : { title: activeWhere(active) ?? phaseText(active) };
  return (
    <MenuBarExtra icon={iconOf(status, problem)} {...title} tooltip="MLX Autotune" isLoading={isLoading}>
      {problem === null ? null : (
        <MenuBarExtra.Section title="Database">
          <ProblemItem problem={problem} />
        </MenuBarExtra.Section>
      )}
      <MenuBarExtra.Section>
        {(status?.alarms ?? []).map(({ id, title }) => (
          <Item key={id} title={title} icon={icon("bad", Icon.Warning)} command="tuning-runs" />
        ))}
      </MenuBarExtra.Section>
      {active === null ? null : (
        <ActiveSection active={active} cell={status?.cell ?? null} nowMs={status?.nowMs ?? 0} />
      )}
      {last === null ? null : <RecipeSection summary={last} canApply={active === null} />}
      <MenuBarExtra.Section>
        {active === null ? <Item title="Find Best Recipe" icon={Icon.Gauge} command="find-best-recipe" /> : null}
        <Item title="Tuning Runs" icon={Icon.List} command="tuning-runs" />
        <Item title="Autotune Doctor" icon={Icon.Heartbeat} command="autotune-doctor" />
        <MenuBarExtra.Item title="Preferences…" icon={Icon.Gear} onAction={() => void openExtensionPreferences()} />
      </MenuBarExtra.Section>
    </MenuBarExtra>
  );
}

function ProblemItem({ problem }: { problem: DatabaseProblem }) {
  const item = { title: inRaycast(problem.message), subtitle: inRaycast(problem.remedy), icon: icon("warning") };
  if (!problem.preferences) return <Item {...item} command="autotune-doctor" />;
  return <MenuBarExtra.Item {...item} onAction={() => void openExtensionPreferences()} />;
}

function iconOf(status: RunStatus | null, problem: DatabaseProblem | null): Image.ImageLike {
  if (problem !== null) return icon("warning", Icon.Gauge);
  if (status !== null && status.alarms.length > 0) return icon("bad", Icon.Warning);
  return status?.active ? getProgressIcon(status.active.share ?? 0, chartColors().active) : Icon.Gauge;
}

function ActiveSection({ active, cell, nowMs }: { active: ActiveRow; cell: string | null; nowMs: number }) {
  const progress = [activeProgress(active), `elapsed ${elapsedText(active, nowMs)}`];
  const silence = silenceText(active, nowMs);
  const facts: [title: string, icon: Icon][] = [
    [phaseText(active), Icon.Hourglass],
    ...optional(candidateText(active), Icon.ComputerChip),
    ...optional(cell, Icon.Switch),
    [progress.filter((part) => part !== null).join(" · "), Icon.Clock],
    ...optional(liveText(active), Icon.Gauge),
  ];
  return (
    <MenuBarExtra.Section title={active.simulated ? "Tuning (simulated)" : "Tuning"}>
      {facts.map(([title, source]) => (
        <MenuBarExtra.Item key={title} title={title} icon={source} />
      ))}
      {silence === null ? null : <MenuBarExtra.Item title={silence} icon={icon("warning")} />}
      <Item title="Show Run" icon={Icon.Eye} command="tuning-runs" context={{ runId: active.run_id }} />
      <Item title="Cancel Tuning…" icon={Icon.Stop} command="cancel-tuning" />
    </MenuBarExtra.Section>
  );
}

const optional = (text: string | null, source: Icon): [string, Icon][] => (text === null ? [] : [[text, source]]);

function RecipeSection({ summary, canApply }: { summary: RunSummary; canApply: boolean }) {
  const { run, recipe, application, config } = summary;
  if (recipe === null) return null;
  const [applied] = appliedTags(summary);
  const isHere = application !== null && !mayDiffer(config);
  const figures = `${FIGURES.tps.text(recipe.tps_median)} · ${labelled(FIGURES.ttft_p95_ms, recipe.ttft_p95_ms, "short")}`;
  const marks = [
    run.simulated ? "simulated" : null,
    recipe.partial ? "partial" : null,
    applied?.text.toLowerCase() ?? null,
  ];
  const title = ["Last Recipe", ...marks.filter((mark) => mark !== null)].join(" · ");
  const context = { runId: run.run_id };
  const knobs = setKnobs(recipe.knobs);
  return (
    <MenuBarExtra.Section title={title}>
      <Item title={shortModel(recipe.model)} icon={Icon.Star} command="tuning-runs" context={context} />
      <MenuBarExtra.Item title={figures} icon={Icon.Gauge} />
      {knobs === null ? null : <MenuBarExtra.Item title={knobs} icon={Icon.Switch} />}
      {canApply && !isHere ? (
        <Item title="Apply Latest Recipe…" icon={Icon.CheckCircle} command="apply-latest-recipe" />
      ) : null}
    </MenuBarExtra.Section>
  );
}

interface ItemProps {
  title: string;
  subtitle?: string;
  icon: Image.ImageLike;
  /** Launched when it is clicked. */
  command: string;
  context?: Record<string, string>;
}

function Item({ command, context, ...item }: ItemProps) {
  const launch = () =>
    launchCommand({ name: command, type: LaunchType.UserInitiated, ...(context === undefined ? {} : { context }) });
  return (
    <MenuBarExtra.Item
      {...item}
      onAction={() => void launch().catch((error: unknown) => showFailure(item.title, error))}
    />
  );
}
