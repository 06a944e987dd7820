// Another program that holds the database locked: hold-database.ts <database> <ready file>. It makes the file where there is none, holds it
// against readers and writers once the ready file is there, and lets go at SIGTERM.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { openStore } from "../../../worker/store/store.ts";

const [path = "", readyFile = ""] = process.argv.slice(2);
mkdirSync(dirname(path), { recursive: true });
openStore(path).close();
const db = new Database(path, { timeout: 30_000 });
db.pragma("locking_mode = EXCLUSIVE");
db.exec("BEGIN EXCLUSIVE");
writeFileSync(readyFile, String(process.pid));
const awake = setInterval(() => undefined, 60_000);
process.once("SIGTERM", () => {
  clearInterval(awake);
  db.exec("ROLLBACK");
  db.close();
});
