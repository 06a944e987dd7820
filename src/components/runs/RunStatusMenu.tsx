// What the menu bar shows: progress while a run is active, red while something is out of service, else the last recipe.
// Source: contract §14 (Autotune Status).
import { Icon, launchCommand, LaunchType, MenuBarExtra, openExtensionPreferences, type Image } from "@raycast/api";
import { getProgressIcon } from "@raycast/utils";
import { labelled } from "../../../worker/core/measure/figure.ts";
import { FIGURES } from "../../../worker/core/measure/figure-table.ts";
import { shortModel } from "../../../worker/core/units.ts";
import { cellName } from "../../../worker/core/knobs.ts";
import type { ActiveRow } from "../../../worker/core/runs/read-model.ts";
import { mayDiffer } from "../../lib/recipe/config-seen.ts";
import type { DatabaseProblem } from "../../lib/database/database.ts";
import { showFailure } from "../../lib/ui/failure-toast.ts";
import { chartColors, icon } from "../../lib/ui/palette.ts";
import type { RunList } from "../../lib/runs/run-reading.ts";
import {
  candidateText,
  elapsedText,
  etaText,
  liveText,
  phaseText,
  shareText,
  silenceText,
} from "../../lib/runs/run-progress.ts";
import { appliedTags, type RunSummary } from "../../lib/runs/run-summary.ts";

interface Props {
  /** null while the database cannot be read. */
  list: RunList | null;
  problem: DatabaseProblem | null;
  /** The run whose recipe is shown. */
  last: RunSummary | null;
  isLoading: boolean;
}

/** The newest ended run with a recipe. */
export const lastRecipe = ({ runs }: RunList): RunSummary | null =>
  runs.find(({ run, recipe }) => run.state !== "active" && recipe !== null) ?? null;

export function StatusMenu({ list, problem, last, isLoading }: Props) {
  const active = list?.active ?? null;
  const title = active === null ? {} : { title: shareText(active) ?? phaseText(active) };
  return (
    <MenuBarExtra icon={iconOf(list, problem)} {...title} tooltip="MLX Autotune" isLoading={isLoading}>
      {problem === null ? null : (
        <MenuBarExtra.Section title="Database">
          <Item title={problem.message} subtitle={problem.remedy} icon={icon("warning")} command="autotune-doctor" />
        </MenuBarExtra.Section>
      )}
      <MenuBarExtra.Section>
        {(list?.alarms ?? []).map(({ id, title }) => (
          <Item key={id} title={title} icon={icon("bad", Icon.Warning)} command="tuning-runs" />
        ))}
      </MenuBarExtra.Section>
      {active === null ? null : <ActiveSection active={active} nowMs={list?.nowMs ?? 0} />}
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

function iconOf(list: RunList | null, problem: DatabaseProblem | null): Image.ImageLike {
  if (problem !== null) return icon("warning", Icon.Gauge);
  if (list !== null && list.alarms.length > 0) return icon("bad", Icon.Warning);
  return list?.active ? getProgressIcon(list.active.share ?? 0, chartColors().active) : Icon.Gauge;
}

function ActiveSection({ active, nowMs }: { active: ActiveRow; nowMs: number }) {
  const eta = etaText(active);
  const progress = [shareText(active), eta === null ? null : `ETA ${eta}`, `elapsed ${elapsedText(active, nowMs)}`];
  const silence = silenceText(active, nowMs);
  const facts: [title: string, icon: Icon][] = [
    [phaseText(active), Icon.Hourglass],
    ...optional(candidateText(active), Icon.ComputerChip),
    ...optional(active.cell, Icon.Switch),
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
  return (
    <MenuBarExtra.Section title={title}>
      <Item
        title={shortModel(recipe.model)}
        subtitle={figures}
        icon={Icon.Star}
        command="tuning-runs"
        context={context}
      />
      <MenuBarExtra.Item title={cellName(recipe.knobs)} icon={Icon.Switch} />
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
