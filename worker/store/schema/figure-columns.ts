// Columns of figures that came after the first schemas, as the table of figures names them. Source: contract §11 (additive).
import { figuresSince } from "../../core/measure/figure-lists.ts";
import { addColumns } from "./contract-tables.ts";
import type { Db } from "./db.ts";

/** Add the columns of figures that came with this schema. */
export function addFigureColumns(db: Db, schema: number): void {
  const figures = figuresSince(schema);
  const reals = (columns: (string | undefined)[]) =>
    columns.flatMap((column) => (column === undefined ? [] : [[column, "REAL"] as const]));
  addColumns(db, "tune_trials", reals(figures.flatMap(({ trial }) => [trial?.column, ...(trial?.interval ?? [])])));
  addColumns(db, "tune_replicates", reals(figures.map(({ replicate }) => replicate?.column)));
  // A view of that name is another program's and stays as it is.
  if (isTable(db, "sweep_runs")) addColumns(db, "sweep_runs", reals(figures.map(({ cell }) => cell?.column)));
}

const isTable = (db: Db, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_master WHERE name = ? AND type = 'table'").get(name) !== undefined;
