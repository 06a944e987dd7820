// A connection to the one SQLite file, as everything in this folder is handed it.
import type Database from "better-sqlite3";

export type Db = Database.Database;
