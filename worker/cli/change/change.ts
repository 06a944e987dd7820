// A change of a config that apply or revert is about to make.
import type { Remedy } from "../../core/errors.ts";
import type { KeyChange } from "../../core/config/apply-text.ts";
import type { ConfigTarget } from "../../platform/live/config-target.ts";
import type { FileState } from "../../platform/files/file-state.ts";

/** What is about to change. */
export interface Change {
  command: "apply" | "revert";
  runId: string;
  provider: string;
  model: string;
  applicationId: number | null;
  /** When what is taken back was applied, UTC; null for an application. */
  appliedAt: string | null;
  target: ConfigTarget;
  file: FileState;
  /** null = nothing changes. */
  after: { bytes: Uint8Array; edits: KeyChange[] } | null;
  notes: string[];
  /** The same without the words of the command line. */
  plainNotes: string[];
  /** What could be chosen instead. */
  choices: readonly Remedy[];
}
