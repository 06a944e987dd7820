// One transaction that is on the disk when it returns, for what a power cut must not lose.
// Source: contract §5 and §12: intent before action.
import type { Db } from "./database.ts";

/** NORMAL leaves a WAL commit in the system's cache, and macOS's plain fsync in the drive's; this one is on the disk. */
export function durably<T>(db: Db, write: () => T): T {
  db.pragma("synchronous = FULL");
  db.pragma("fullfsync = ON");
  try {
    return db.transaction(write).immediate();
  } finally {
    db.pragma("synchronous = NORMAL");
    db.pragma("fullfsync = OFF");
  }
}
