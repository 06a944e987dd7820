// What a report of a run is made from. Source: contract §11 (views), §15 (report).
import type {
  ApplicationRow,
  NoteRow,
  ReplicateRow,
  RunRow,
  TimelineRow,
  TrialRow,
  VisitRow,
} from "../core/runs/read-model.ts";
import type { RunResult } from "../core/result/recipe.ts";

/** All that is known of a run. */
export interface RunFacts {
  run: RunRow;
  /** The stored result document; null while there is none, and in rows of other programs. */
  result: RunResult | null;
  trials: TrialRow[];
  visits: VisitRow[];
  /** Of all trials, by visit and then in order. */
  replicates: ReplicateRow[];
  timeline: TimelineRow[];
  notes: NoteRow[];
  applications: ApplicationRow[];
}
