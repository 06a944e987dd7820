// How apply and revert show themselves: the diff before, the outcome after, as text or as one JSON document, and the exit code.
// Source: contract §3 (--json), §12.
import type { Outcome } from "../../change/apply.ts";
import { shownChanges, changeText } from "../../core/config/apply-text.ts";
import { diffConfig } from "../../core/config/config-diff.ts";
import { diffText } from "../../core/text/diff-text.ts";
import { EXIT_CODES, EXIT_RESTORE_FAILED } from "../../core/errors.ts";
import { sha256Of } from "../../platform/files/file-state.ts";
import type { Change } from "./change.ts";
import { providerDown, remediesOf, tellProviderDown, tellRollBack, tellStuck } from "./change-alarm.ts";
import type { ConfigPlace } from "../../providers/provider.ts";
import { readerOf } from "../../providers/index.ts";
import { say, type Io } from "../command/io.ts";
import { shortId } from "../../core/units.ts";

/** The document of --json, before (`outcome` null) or after. Its `config.sha256` is what --expect takes. */
export function changeDocument(change: Change, outcome: Outcome | null): object {
  const { command, target, file, after } = change;
  const before = file.state === "file" ? file.sha256 : null;
  return {
    command,
    state: outcome?.state ?? (after === null ? "unchanged" : "would_change"),
    dry_run: outcome === null,
    run_id: change.runId,
    application_id: outcome?.applicationId ?? change.applicationId,
    /** When what is taken back was applied, UTC; null for an application. */
    applied_at: change.appliedAt,
    provider: change.provider,
    model: change.model,
    config: {
      path: target.path,
      from: target.from,
      sha256: before,
      sha256_after: after ? sha256Of(after.bytes) : before,
    },
    changes: shownChanges(after?.edits ?? []),
    diff: diffOf(change),
    notes: allNotes(change),
    /** Without the words of the command line. */
    plain_notes: [...change.plainNotes, ...target.notes],
    /** What could be chosen instead, as data. */
    choices: change.choices,
    warnings: outcome?.warnings ?? [],
    service: target.service && { label: target.service.label, domain: target.service.domain },
    backup_path: outcome?.backupPath ?? null,
    restart: outcome?.restart ?? null,
    restart_after_roll_back: outcome?.back ?? null,
    /** Why the recipe could not be taken back; null if it was not tried or went well. */
    roll_back_problem: outcome?.stuck?.problem ?? null,
    /** What brings the provider up again, in order: sentences, and commands to type. */
    remedies: outcome === null ? [] : remediesOf(change, outcome),
    exit_code: exitCodeOf(outcome),
  };
}

/** Source: contract §3: 8 = the provider is not back. A recipe that did not stay is no success either. */
export function exitCodeOf(outcome: Outcome | null): number {
  if (outcome === null) return EXIT_CODES.ok;
  if (providerDown(outcome) !== null) return EXIT_RESTORE_FAILED;
  const isUndone = outcome.state === "rolled_back" || outcome.state === "roll_back_failed";
  return isUndone ? EXIT_CODES.internal_error : EXIT_CODES.ok;
}

/** Show the diff with what there is to know. On a terminal in colours, unless NO_COLOR says otherwise. */
export function showDiff(change: Change, stream: NodeJS.WriteStream, io: Io): void {
  const { target, after, file } = change;
  const heading = after === null ? `${target.path} (${target.from}) ${saysSoAlready(change)}` : changeHeading(change);
  say(stream, heading);
  const colour = stream.isTTY && (io.env["NO_COLOR"] ?? "") === "";
  if (after !== null) stream.write(`\n${diffText(diffOf(change), { colour })}\n`);
  for (const note of allNotes(change)) say(stream, `Note: ${note}`);
  if (after !== null && target.service !== null) say(stream, `${target.service.label} will be restarted.`);
  if (after !== null && file.state === "absent") say(stream, "The file does not exist yet and will be created.");
}

function saysSoAlready({ command }: Change): string {
  return command === "apply" ? "already says what the recipe says." : "is already as it was before the recipe.";
}

function changeHeading({ command, runId, model, target, applicationId }: Change): string {
  if (command === "revert")
    return `Taking application ${applicationId} (run ${shortId(runId)}, ${model}) back in ${target.path}:`;
  return `Run ${shortId(runId)}, ${model}: into ${target.path} (${target.from}):`;
}

function diffOf({ target, file, after }: Change) {
  const text = new TextDecoder("utf-8", { ignoreBOM: true });
  const before = text.decode(file.bytes);
  return diffConfig(target.path, before, after === null ? before : text.decode(after.bytes));
}

const allNotes = ({ notes, target }: Change): string[] => [...notes, ...target.notes];

/** Tell how it ended. What went wrong goes to stderr. */
export function showOutcome(change: Change, outcome: Outcome, io: Io): void {
  for (const warning of outcome.warnings) say(io.stderr, `Warning: ${warning}.`);
  if (outcome.state === "rolled_back") return tellRollBack(change, outcome, io);
  if (outcome.stuck !== null) return tellStuck(change, outcome, outcome.stuck, io);
  for (const line of outcomeLines(change, outcome)) say(io.stdout, line);
  if (outcome.restart?.ok === false) tellProviderDown(change, outcome.restart, io);
}

function outcomeLines({ command, provider, target, after }: Change, outcome: Outcome): string[] {
  const edits = shownChanges(after?.edits ?? [])
    .map(changeText)
    .join(", ");
  const done = command === "apply" ? "Applied" : "Taken back";
  const { restart } = outcome;
  return [
    ...(outcome.state === "unchanged" ? ["Nothing was written."] : []),
    ...(edits === "" ? [] : [`${done}: ${edits}.`]),
    ...(outcome.backupPath === null ? [] : [`Backup: ${outcome.backupPath}`]),
    ...(restart?.ok === true
      ? [
          `${target.service?.label} was restarted and answers on port ${restart.port} after ${restart.seconds.toFixed(1)} s.`,
        ]
      : []),
    ...(restart === null && outcome.state !== "unchanged" ? NOT_RESTARTED[readerOf(provider)] : []),
    ...(outcome.state === "applied" ? [`Take it back with: mlx-autotune revert ${outcome.applicationId}`] : []),
  ];
}

const NOT_RESTARTED: Record<ConfigPlace["readBy"], string[]> = {
  nobody: [],
  serve: ["No loaded service reads this file, so nothing was restarted. To serve it now: mlx-autotune serve"],
  provider: [
    "No loaded service reads this file, so nothing was restarted. The next start of the provider takes it up.",
  ],
};
