// Writes one row from an object whose keys are the columns. Keys come from the sources of this folder, never from input.
import type { Db } from "./schema/db.ts";

type Row = Record<string, string | number | null>;

/** @returns rowid of the new row. */
export function insertRow(db: Db, table: string, row: Row): number {
  const columns = Object.keys(row);
  const values = columns.map((column) => `@${column}`).join(", ");
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${values})`;
  return Number(db.prepare<[Row]>(sql).run(row).lastInsertRowid);
}

/** Change the rows for which `where` (using named values of `keys`) holds. @returns how many. */
export function updateRows(db: Db, table: string, row: Row, where: string, keys: Row): number {
  const assignments = Object.keys(row).map((column) => `${column} = @${column}`);
  const sql = `UPDATE ${table} SET ${assignments.join(", ")} WHERE ${where}`;
  return db.prepare<[Row]>(sql).run({ ...row, ...keys }).changes;
}
