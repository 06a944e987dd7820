// What a command did beside drawing, by the names that tests use.
import type { ClipRecord, Records } from "./protocol.ts";

export class Recorded {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  get toasts(): Records["toasts"] {
    return this.#records.toasts;
  }
  get huds(): Records["huds"] {
    return this.#records.huds;
  }
  get alerts(): Records["alerts"] {
    return this.#records.alerts;
  }
  get launches(): Records["launches"] {
    return this.#records.launches;
  }
  get opened(): Records["opened"] {
    return this.#records.opened;
  }
  get windows(): Records["windows"] {
    return this.#records.windows;
  }
  get subtitles(): Records["subtitles"] {
    return this.#records.subtitles;
  }
  get logs(): Records["logs"] {
    return this.#records.logs;
  }
  get clips(): ClipRecord[] {
    return this.#records.clips;
  }
  /** The text that was copied last. */
  get clipboard(): string | undefined {
    const last = this.clips.filter(({ pasted }) => !pasted).at(-1);
    return last?.text ?? last?.file ?? last?.html;
  }
}
