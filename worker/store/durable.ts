// One transaction that is on the disk when it returns, for what a power cut must not lose.
// Source: contract §5 and §12: intent before action.
import type { Db } from "./database.ts";

/** NORMAL leaves a WAL commit in the system's cache; for this one transaction it is FULL. */
export function durably<T>(db: Db, write: () => T): T {
  db.pragma("synchronous = FULL");
  try {
    return db.transaction(write).immediate();
  } finally {
    db.pragma("synchronous = NORMAL");
  }
}
