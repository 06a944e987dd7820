// One transaction that is on the disk when it returns, for what a power cut must not lose.
// Source: contract §5 and §12: intent before action.
import { step } from "../step.ts";
import type { Db } from "./schema/db.ts";

/** A step. NORMAL leaves a WAL commit in the system's cache, and macOS's plain fsync in the drive's; this one is on the disk. */
export function durably<T>(name: string, db: Db, write: () => T): T {
  db.pragma("synchronous = FULL");
  db.pragma("fullfsync = ON");
  try {
    return step(name, () => db.transaction(write).immediate());
  } finally {
    db.pragma("synchronous = NORMAL");
    db.pragma("fullfsync = OFF");
  }
}
