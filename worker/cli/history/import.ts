// `import`: runs of another database, or an exported run, into this one. The source is only read.
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { AutotuneError, errorText } from "../../core/errors.ts";
import type { Inputs } from "../../core/settings/inputs.ts";
import type { Imported } from "../../store/import-runs.ts";
import type { Store } from "../../store/store.ts";
import { say, type Io } from "../command/io.ts";

/** A run of 100 trials with all its chunk times has about 5 MB. */
const MOST_BYTES = 256_000_000;

/** @returns 0, or 1 if something had to be left out. @throws AutotuneError config_error if it is no such file; busy while a run is active */
export function importRuns(store: Store, file: string, inputs: Pick<Inputs, "json" | "retainRuns">, io: Io): number {
  const path = resolve(file);
  const active = store.readers.activeRun();
  // A big import holds the write lock longer than the worker waits for it.
  if (active)
    throw new AutotuneError("busy", `run ${active.run_id} is active; an import would disturb it`, {
      remedy: "Import when it has ended.",
    });
  const imported = isDatabase(path) ? store.importDatabase(path) : store.importDocument(parse(path), path);
  say(io.stdout, inputs.json ? JSON.stringify(imported, null, 2) : summary(imported, path));
  const count = store.readers.runs().length;
  if (count > inputs.retainRuns)
    say(io.stderr, `There are ${count} runs now; the next run keeps the newest ${inputs.retainRuns} (--retain-runs).`);
  return imported.left_out.length === 0 ? 0 : 1;
}

function isDatabase(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw unusable(path, stat === undefined ? "there is no such file" : "it is no file");
  const head = Buffer.alloc(16);
  const handle = openSync(path, "r");
  try {
    readSync(handle, head, 0, head.length, 0);
  } finally {
    closeSync(handle);
  }
  if (head.toString("latin1") === "SQLite format 3\0") return true;
  if (stat.size > MOST_BYTES) throw unusable(path, `${stat.size} bytes are more than ${MOST_BYTES}`);
  return false;
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as unknown;
  } catch (error) {
    throw unusable(path, `it is neither a SQLite database nor JSON (${errorText(error).slice(0, 100)})`);
  }
}

function unusable(path: string, why: string): AutotuneError {
  return new AutotuneError("config_error", `${path} cannot be imported: ${why}`, {
    remedy: "Name a database of the tuner, or a run that `mlx-autotune export` wrote.",
  });
}

function summary({ imported, already_there, left_out }: Imported, path: string): string {
  return [
    `${imported.length === 1 ? "1 run" : `${imported.length} runs`} imported from ${path}.`,
    ...(already_there.length === 0 ? [] : [`Already there: ${already_there.join(", ")}.`]),
    ...left_out.map((one) => `Left out: ${one.run_id ?? "trials without a run id"}: ${one.reason}.`),
    ...(imported.length === 0 ? [] : ["See them with `mlx-autotune runs`."]),
  ].join("\n");
}
