// How a planned change and its outcome are put into words: the diff page, the dialog before, the toast after. Pure.
// Source: contract §12 (shown before it is done; the output says so).
import { readerOf } from "../../../worker/providers/index.ts";
import { restartCommand } from "../../../worker/core/config/apply-text.ts";
import { diffText } from "../../../worker/core/text/diff-text.ts";
import { bullets, codeBlock, lines, mark, page, type Markdown } from "../../../worker/core/text/markdown.ts";
import { shortId, shortModel } from "../../../worker/core/units.ts";
import { changeLine } from "./change-words.ts";
import { hasWork, isChange, providerDown, type Change, type NothingToDo } from "./change-document.ts";
import { told } from "../ui/commands.ts";
import type { Choice } from "./change-refusal.ts";

/** The page that shows a change before it is made. */
export function changeMarkdown(planned: Change | NothingToDo): Markdown {
  if (!isChange(planned)) return page(mark`# Nothing to revert`, ...planned.notes.map((note) => told(note)));
  const diff = diffText(planned.diff).trimEnd();
  const notes = [...planned.warnings, ...shownNotes(planned)];
  return page(
    mark`# ${headingOf(planned)}`,
    diff === "" ? sameText(planned) : codeBlock(diff, "diff"),
    ...effectsOf(planned).map((effect) => told(effect)),
    notes.length > 0 && mark`## Notes`,
    bullets(notes.map((note) => told(note))),
  );
}

function headingOf({ command, model, state }: Change): string {
  if (command === "revert") return `Revert ${shortModel(model)}`;
  return state === "unchanged" ? `${shortModel(model)} is in the config` : `Apply ${shortModel(model)}`;
}

const sameText = ({ command, config }: Change): string =>
  command === "apply"
    ? `${config.path} already says what the recipe says.`
    : `${config.path} is already as it was before the recipe.`;

/** Sentences: what happens besides the writing. */
function effectsOf(planned: Change): string[] {
  const { service, config, state, provider } = planned;
  const creates = config.sha256 === null && state === "would_change";
  return [
    ...(creates ? ["The file does not exist yet and will be created."] : []),
    ...(hasWork(planned) ? [restartText(service?.label ?? null, provider)] : []),
  ];
}

const NOT_RESTARTED: Record<ReturnType<typeof readerOf>, string> = {
  nobody: "This is the simulator's own config; no provider is touched.",
  serve: "No loaded service reads this file. `mlx-autotune serve` starts it with the recipe.",
  provider: "No loaded service reads this file, so nothing is restarted. The next start of the provider takes it up.",
};

function restartText(label: string | null, provider: string): string {
  if (label !== null)
    return `${label} will be restarted. Requests that it is answering are cut off; if it does not come up, everything is put back.`;
  return NOT_RESTARTED[readerOf(provider)];
}

/** Without the flags of the command line: here there are actions for them. */
export const shownNotes = ({ plain_notes }: Change): string[] => plain_notes;

export interface DialogText {
  title: string;
  message: string;
  /** Of the button. */
  action: string;
}

/** The dialog before a change is made: which keys, which file, what is restarted. */
export function changeDialog(planned: Change): DialogText {
  const { command, config, service, model, run_id, application_id: id } = planned;
  const apply = command === "apply";
  const keys = planned.changes.map(changeLine);
  const lines = [
    `${shortModel(model)}, run ${shortId(run_id)}${apply ? "" : `, application ${id ?? "?"}`}`,
    ...(keys.length === 0 ? [sameText(planned)] : keys),
    `File: ${config.path}${config.sha256 === null ? " (will be created)" : ""}`,
    service === null ? restartText(null, planned.provider).replaceAll("`", "") : `${service.label} will be restarted.`,
    ...shownNotes(planned),
  ];
  return {
    title: apply ? "Apply Recipe?" : "Revert Recipe?",
    message: lines.join("\n"),
    action: apply ? "Apply" : "Revert",
  };
}

export interface OutcomeText {
  style: "success" | "failure";
  title: string;
  message: string;
  /** What to type if the provider is down; null otherwise. */
  command: string | null;
}

/** What became of it. */
export function outcomeText(done: Change | NothingToDo): OutcomeText {
  if (!isChange(done)) return success("Nothing to revert", done.notes.join(" "));
  const down = providerDown(done);
  if (done.state === "roll_back_failed") return stuckText(done, down !== null);
  const command = down === null || done.service === null ? null : restartCommand(done.service);
  if (down !== null)
    return {
      style: "failure",
      title: "The provider is not serving",
      message: `${serviceName(done)}: ${down.problem}.${command === null ? "" : ` Type: ${command}`}`,
      command,
    };
  switch (done.state) {
    case "rolled_back":
      return { style: "failure", title: "Rolled back", message: rollBackText(done), command: null };
    case "applied":
      return success("Recipe applied", afterText(done));
    case "reverted":
      return success("Recipe reverted", afterText(done));
    case "unchanged":
    case "would_change":
      return success("Nothing to change", sameText(done));
  }
}

/** The recipe is still in the config, and nobody could take it back. */
function stuckText(done: Change, isDown: boolean): OutcomeText {
  const title = isDown ? "The provider is not serving" : "The recipe could not be reverted";
  const why = `The recipe could not be reverted: ${done.roll_back_problem ?? "unknown reason"}.`;
  const commands = done.remedies.filter((line) => /^(cp|mlx-autotune|launchctl) /.test(line));
  return { style: "failure", title, message: [why, ...done.remedies].join(" · "), command: commands.join("\n") };
}

const success = (title: string, message: string): OutcomeText => ({ style: "success", title, message, command: null });

const serviceName = ({ service, provider }: Change): string => service?.label ?? provider;

function rollBackText(done: Change): string {
  const why = done.restart?.ok === false ? done.restart.problem : "it did not come up";
  const back = done.restart_after_roll_back?.ok === true ? " It serves as before." : "";
  return `${serviceName(done)} did not come up with ${shortModel(done.model)}: ${why}. The config is as it was.${back}`;
}

function afterText({ restart, service, changes, warnings, provider }: Change): string {
  const keys = changes.map(changeLine).join(", ");
  const up =
    restart?.ok === true
      ? `${service?.label ?? "The provider"} answers on port ${restart.port} after ${restart.seconds.toFixed(1)} s`
      : readerOf(provider) === "nobody"
        ? ""
        : "nothing was restarted";
  return [keys, up, ...warnings].filter((part) => part !== "").join(" · ");
}

export const REFUSED: Record<Change["command"], string> = { apply: "Not applied", revert: "Not reverted" };

/** The page of a refused change: why, and what each choice would mean. */
export function refusalMarkdown(
  command: Change["command"],
  message: string,
  remedy: string | null,
  choices: Choice[],
): Markdown {
  return page(
    mark`# ${REFUSED[command]}`,
    lines(message, (line) => told(line, command)),
    choices.length > 0 && mark`## You can choose`,
    bullets(choices.map((choice) => mark`**${choice.title}**: ${choice.meaning}`)),
    choices.length === 0 && remedy !== null && mark`**${told(remedy, command)}**`,
  );
}
