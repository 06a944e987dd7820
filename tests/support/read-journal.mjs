// Prints which drain journal rows another process can read: read-journal.mjs <database>. One line of JSON.
import Database from "better-sqlite3";

const db = new Database(process.argv[2], { readonly: true });
console.log(JSON.stringify(db.prepare("SELECT name, state FROM drain_journal ORDER BY id").all()));
