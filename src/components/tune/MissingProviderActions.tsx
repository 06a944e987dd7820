// What helps where no MLX provider was found: the command that installs one, and the page about it.
import { Action, ActionPanel } from "@raycast/api";
import type { PlanReport } from "../../../worker/core/result/plan-report.ts";
import { missingProviders } from "../../../worker/core/result/plan-words.ts";
import { ACTIONS } from "../ui/actions.ts";

export function MissingProviderActions({ plan }: { plan: PlanReport | null }) {
  const [best, ...others] = plan === null ? [] : missingProviders(plan);
  if (best === undefined) return null;
  const pages = [best, ...others].flatMap(({ title, homepage }) => (homepage === null ? [] : [{ title, homepage }]));
  const [page, ...morePages] = pages;
  const { icon } = ACTIONS.openHomepage;
  return (
    <ActionPanel.Section title="No MLX Provider Found">
      <Action.CopyToClipboard {...ACTIONS.copyInstallCommand} content={best.install[0] ?? ""} />
      {others.map(({ title, install }) => (
        <Action.CopyToClipboard key={title} title={`Copy Install Command of ${title}`} content={install[0] ?? ""} />
      ))}
      {page === undefined ? null : (
        <Action.OpenInBrowser {...ACTIONS.openHomepage} title={`Open Homepage of ${page.title}`} url={page.homepage} />
      )}
      {morePages.map(({ title, homepage }) => (
        <Action.OpenInBrowser key={title} title={`Open Homepage of ${title}`} icon={icon} url={homepage} />
      ))}
    </ActionPanel.Section>
  );
}
