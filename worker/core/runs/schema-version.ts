// The schema that this program reads and writes; the number stands in PRAGMA user_version. Source: contract §11.

/** Grows with every step of store/schema/migrations.ts, which checks that both agree. */
export const SCHEMA_VERSION = 8;
