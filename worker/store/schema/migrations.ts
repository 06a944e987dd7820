// The numbered steps from any older file to today's schema; the number lives in PRAGMA user_version.
// Source: contract §11: additive, each step in one transaction, a newer schema is never written to.
import { AutotuneError } from "../../core/errors.ts";
import { SCHEMA_VERSION } from "../../core/runs/schema-version.ts";
import { figuresSince } from "../../core/measure/figure-lists.ts";
import { step } from "../../step.ts";
import { createApplicationTables } from "./application-tables.ts";
import { adoptContractTables } from "./contract-tables.ts";
import type { Db } from "./db.ts";
import { addDrainView, createDrainTables } from "./drain-tables.ts";
import { addFigureColumns } from "./figure-columns.ts";
import { createOwnTables } from "./own-tables.ts";
import { addResumeColumns } from "./resume-columns.ts";
import { addStartColumns } from "./start-columns.ts";
import { createSweepTables } from "./sweep-tables.ts";
import { createUntoldTable } from "./untold-tables.ts";
import { recreateViews } from "./views.ts";

/** Step i leads from version i to i + 1, with the columns of figures that came with it. Append only: released steps never change. */
const STEPS: readonly ((db: Db) => void)[] = [
  adoptContractTables,
  createOwnTables,
  createDrainTables,
  createApplicationTables,
  addResumeColumns,
  createSweepTables,
  addDrainView,
  createUntoldTable,
  addStartColumns,
];

for (let schema = 1; schema <= Math.max(SCHEMA_VERSION, STEPS.length); schema += 1) {
  if (schema > SCHEMA_VERSION || !(STEPS[schema - 1] ?? figuresSince(schema)[0]))
    throw new Error(`${STEPS.length} steps and the table of figures do not lead to schema ${SCHEMA_VERSION}`);
}

/**
 * Bring the file to SCHEMA_VERSION. Safe when several processes do it at once: each step looks again under the write lock.
 * @throws AutotuneError config_error for a newer schema (nothing is written) or tables that cannot be adopted
 */
export function migrate(db: Db): void {
  requireKnownSchema(db);
  for (let version = 0; version < SCHEMA_VERSION; version += 1) {
    const move = db.transaction(() => {
      requireKnownSchema(db);
      if (schemaVersion(db) !== version) return;
      STEPS[version]?.(db);
      addFigureColumns(db, version + 1);
      if (version + 1 === SCHEMA_VERSION) recreateViews(db);
      db.pragma(`user_version = ${version + 1}`);
    });
    step("database.migrate", () => move.immediate());
  }
}

/** @throws AutotuneError config_error if a newer program made this file. */
export function requireKnownSchema(db: Db): void {
  const found = schemaVersion(db);
  if (found <= SCHEMA_VERSION) return;
  throw new AutotuneError(
    "config_error",
    `it has schema ${found}, and this program knows schemas up to ${SCHEMA_VERSION}: a newer version wrote it`,
    {
      remedy: "Update mlx-autotune, or name another file with --db-path.",
      remedies: [{ kind: "update" }, { kind: "setting", setting: "db-path" }],
    },
  );
}

function schemaVersion(db: Db): number {
  return db.pragma("user_version", { simple: true }) as number;
}
