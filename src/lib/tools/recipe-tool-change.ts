// What the tools apply-recipe and revert-recipe show before and answer after. Small objects, units in the names. Pure.
import { shortId } from "../../../worker/core/units.ts";
import { isChange, providerDown, type Change, type NothingToDo } from "../change/change-document.ts";
import { changeDialog, outcomeText, shownNotes } from "../change/change-text.ts";
import { changeFacts } from "../change/change-words.ts";
import { inToolNames } from "./tool-words.ts";

/** Rows of the confirmation. */
export function changeInfo(planned: Change): { name: string; value: string }[] {
  const { config, service, run_id, application_id, command } = planned;
  return [
    ...changeFacts(planned).map(({ label, text }) => ({ name: label, value: text })),
    { name: "Run", value: shortId(run_id) },
    ...(command === "revert" ? [{ name: "Application", value: String(application_id) }] : []),
    { name: "Config", value: config.sha256 === null ? `${config.path} (will be created)` : config.path },
    { name: "Restarts", value: service?.label ?? "Nothing" },
    ...shownNotes(planned).map((note) => ({ name: "Note", value: note })),
  ];
}

export const changeQuestion = (planned: Change): string => changeDialog(planned).title;

/** The tool's answer. */
export function changeResult(done: Change | NothingToDo): object {
  const { title, message, command } = outcomeText(done);
  const summary = inToolNames(`${title}. ${message}`);
  if (!isChange(done)) return { state: done.state, summary };
  const { restart, service } = done;
  return {
    state: done.state,
    summary,
    run_id: done.run_id,
    application_id: done.application_id,
    model: done.model,
    provider: done.provider,
    config_path: done.config.path,
    changes: done.changes.map(({ key, before, after }) => ({ key, was: before, now: after })),
    backup_path: done.backup_path,
    restarted_service: restart === null ? null : (service?.label ?? null),
    restart_seconds: restart?.ok === true ? Math.round(restart.seconds * 10) / 10 : null,
    provider_is_down: providerDown(done) !== null,
    command_to_type: command,
    notes: [...done.warnings, ...done.notes].map(inToolNames),
  };
}
