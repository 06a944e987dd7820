// Current Recipe: what was applied to which config when, whether it still stands there and describes this Mac, and what was applied before.
// Drawn from the database at once; the configs are looked at, and the worker is asked, afterwards.
import { ActionPanel, Icon, List } from "@raycast/api";
import { ACTIONS } from "./components/ui/actions.ts";
import { usePromise } from "@raycast/utils";
import { LaunchAction, ProblemView } from "./components/ui/ProblemView.tsx";
import { AppliedItem, NotAppliedItem, type Holding } from "./components/recipe/RecipeItems.tsx";
import { useBehindNote } from "./hooks/use-behind-note.ts";
import { useConfigLooks } from "./hooks/use-config-now.ts";
import { useDatabase } from "./hooks/use-database.ts";
import { errorText } from "../worker/core/errors.ts";
import type { ApplicationRow } from "../worker/core/runs/read-model.ts";
import { answersOf, seenIn } from "./lib/recipe/config-answers.ts";
import { readCurrentRecipes, type Applied, type CurrentRecipes } from "./lib/recipe/recipe-reading.ts";
import { fetchStatus } from "./lib/recipe/recipe-status.ts";

/** An application under way takes seconds; a look is a few rows. */
const LOOK_MS = 2000;

export default function Command() {
  const { data, problem, behind, isLoading, revalidate } = useDatabase(readCurrentRecipes, [], LOOK_MS);
  useBehindNote(behind);
  const hasRecipe = data !== undefined && !isEmpty(data);
  const applications = (data?.latest ?? []).map(({ application }) => application);
  const { looks, open } = useConfigLooks(applications, data?.nowMs ?? 0);
  const asked = hasRecipe ? `${subjectOf(data)} ${open}` : "";
  const status = usePromise(statusFor, [asked], { execute: hasRecipe, onError: () => undefined });
  const onDone = () => {
    revalidate();
    void status.revalidate();
  };
  const unknown = status.isLoading ? "being checked" : status.error ? `unknown: ${errorText(status.error)}` : "unknown";
  const configOf = (application: ApplicationRow) => seenIn(application, looks, status.data?.answers);
  const holding: Holding = { status: status.data ?? null, configOf, isLoading: status.isLoading, unknown };
  return (
    // The worker's answer takes a while and is the detail's alone: its own bar shows that.
    <List isLoading={isLoading} isShowingDetail={hasRecipe} searchBarPlaceholder="Search applied recipes">
      {problem ? <ProblemView problem={problem} onRetry={revalidate} /> : null}
      {data !== undefined && !hasRecipe ? <NoRecipe /> : null}
      {data !== undefined && hasRecipe ? <Recipes {...{ data, holding, onDone }} /> : null}
    </List>
  );
}

const isEmpty = ({ latest, notApplied, before }: CurrentRecipes): boolean =>
  latest.length + before.length === 0 && notApplied === null;

/** What the worker is asked about: when that changes, it is asked again. */
const subjectOf = ({ latest, notApplied }: CurrentRecipes): string =>
  [...latest.map(({ application }) => application.id), notApplied?.run.run_id ?? ""].join(" ");

/** The argument is for usePromise, which asks again where it differs. */
async function statusFor(_subject: string) {
  const status = await fetchStatus();
  return { ...status, answers: answersOf(status) };
}

interface RecipesProps {
  data: CurrentRecipes;
  holding: Holding;
  onDone: () => void;
}

function Recipes({ data: { latest, notApplied, before }, holding, onDone }: RecipesProps) {
  const items = (list: Applied[]) =>
    list.map((applied) => <AppliedItem key={applied.application.id} {...{ applied, holding, onDone }} />);
  return (
    <>
      {latest.length === 0 ? null : <List.Section title="Applied Last">{items(latest)}</List.Section>}
      {notApplied === null ? null : (
        <List.Section title="Newest Recipe">
          <NotAppliedItem {...{ measured: notApplied, holding, onDone }} />
        </List.Section>
      )}
      {before.length === 0 ? null : <List.Section title="Before">{items(before)}</List.Section>}
    </>
  );
}

function NoRecipe() {
  return (
    <List.EmptyView
      icon={Icon.Gauge}
      title="No recipe yet"
      description="No run has found one, so nothing is applied. Start with Find Best Recipe."
      actions={
        <ActionPanel>
          <LaunchAction {...ACTIONS.findBestRecipe} command="find-best-recipe" />
          <LaunchAction {...ACTIONS.showTuningRuns} command="tuning-runs" />
        </ActionPanel>
      }
    />
  );
}
