// `export`: one run as a JSON file. Nothing is overwritten.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { AutotuneError, errorText } from "../../core/errors.ts";
import { step } from "../../step.ts";
import type { Store } from "../../store/store.ts";
import { say, type Io } from "../command/io.ts";
import { shortId } from "../../core/units.ts";

/** @returns 0. @throws AutotuneError not_found; busy while the run is active; config_error if the file cannot be written */
export function exportRun(
  store: Store,
  id: string | null,
  options: { output: unknown; json: boolean },
  io: Io,
): number {
  const run = id === null ? store.readers.latestRun() : store.readers.run(id);
  const document = run && store.exportRun(run.run_id);
  if (!run || !document)
    throw new AutotuneError("not_found", "there is no run yet", { remedy: "Start one with `mlx-autotune run`." });
  if (run.state === "active")
    throw new AutotuneError("busy", `run ${run.run_id} is still active`, { remedy: "Export it when it has ended." });
  const text = `${JSON.stringify(document, null, 1)}\n`;
  if (options.output === "-") io.stdout.write(text);
  else {
    const path = resolve(
      typeof options.output === "string" ? options.output : `mlx-autotune-${shortId(run.run_id)}.json`,
    );
    writeNew(path, text);
    const bytes = Buffer.byteLength(text);
    say(io.stdout, options.json ? JSON.stringify({ run_id: run.run_id, path, bytes }, null, 2) : path);
  }
  return 0;
}

/** Private: it names models and folders of this machine. */
function writeNew(path: string, text: string): void {
  try {
    step("export.file", () => writeFileSync(path, text, { flag: "wx", mode: 0o600 }));
  } catch (error) {
    const there = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw new AutotuneError(
      "config_error",
      there ? `${path} is there already` : `${path} cannot be written: ${errorText(error)}`,
      {
        remedy: "Name another file with --output.",
        cause: error,
      },
    );
  }
}
