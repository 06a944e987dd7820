// Looks at the same rows again and again for a view. Only the first look waits where another program holds the file; later ones fall back
// on what was read before, and say so.
import type { Readers } from "../../../worker/core/runs/readers.ts";
import { databaseAt } from "./database-place.ts";
import { DatabaseProblem } from "./database-problem.ts";
import { readWhenFree } from "./database.ts";

/** `behind`: why the data is of an earlier look; null if it is not. A problem is something to show, not an exception. */
export type Look<T> = { data: T; behind: DatabaseProblem | null } | { problem: DatabaseProblem };

/** Nothing is shown until then, ms. */
const FIRST_MS = 2000;

export class Looker<T> {
  /** What the last look that succeeded has read. */
  #last: { subject: string; data: T } | null = null;
  #first: { subject: string; look: Promise<Look<T>> } | null = null;

  /**
   * @param preference the Database preference, as typed
   * @param args what tells this reading from another one of the view, beside it
   */
  async look(
    preference: string | undefined,
    args: readonly unknown[],
    read: (readers: Readers) => T,
  ): Promise<Look<T>> {
    const subject = JSON.stringify([preference, ...args]);
    if (this.#last?.subject === subject) return this.#read(preference, subject, read, 0);
    // A poll must not begin anew what still waits.
    if (this.#first?.subject !== subject)
      this.#first = {
        subject,
        look: this.#read(preference, subject, read, FIRST_MS).finally(() => (this.#first = null)),
      };
    return this.#first.look;
  }

  async #read(
    preference: string | undefined,
    subject: string,
    read: (readers: Readers) => T,
    patienceMs: number,
  ): Promise<Look<T>> {
    try {
      const data = await readWhenFree(databaseAt(preference), read, patienceMs);
      this.#last = { subject, data };
      return { data, behind: null };
    } catch (problem) {
      if (!(problem instanceof DatabaseProblem)) throw problem;
      const last = this.#last?.subject === subject ? this.#last : null;
      return last !== null && problem.kind === "locked" ? { data: last.data, behind: problem } : { problem };
    }
  }
}
