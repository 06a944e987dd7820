// On which start of the server a visit measured, and what the search believed after it. Source: contract §9, §11.
import { addColumns } from "./contract-tables.ts";
import type { Db } from "./db.ts";

const VISIT_COLUMNS = [
  // Equal numbers are one process; 0 = the one of Stage 1. NULL = not known (rows of earlier versions), or none was started.
  ["start_no", "INTEGER"],
  // 1 = the visit found the server running.
  ["start_kept", "INTEGER"],
  // As core/search/belief.ts says; NULL where the method has none.
  ["belief_json", "TEXT"],
] as const;

/** Add the columns; rows of before have none of it. */
export function addStartColumns(db: Db): void {
  addColumns(db, "tune_visits", VISIT_COLUMNS);
}
