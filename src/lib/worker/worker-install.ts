// Keeps the worker in a folder named after its content in the support path: an update of the extension replaces the assets at any
// time, a running worker keeps its files. Copied aside and renamed into place, so a half-copied folder is never used.
// Source: DESIGN (the installed extension folder is replaced on updates).
import { createHash } from "node:crypto";
import { chmodSync, constants, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from "node:fs";
import { rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { errorText } from "../../../worker/core/errors.ts";
import { WorkerError } from "./worker-error.ts";
import { removeOldWorkers } from "./worker-old-versions.ts";
import type { WorkerPlace } from "./worker-place.ts";

/** Written by scripts/build-worker.mjs: hashing 8 MB on each click would take longer than all the rest. */
const MANIFEST = "manifest.json";
const manifestSchema = z.object({
  /** SHA-256 of all that follows. */
  version: z.string().regex(/^[0-9a-f]{64}$/),
  files: z.array(
    z.object({
      path: z.string().regex(/^[^/.][^:]*$/),
      bytes: z.int(),
      sha256: z.string(),
      executable: z.boolean(),
      /** process.platform of the only system that needs it; null = all. */
      platform: z.string().nullable(),
    }),
  ),
});
type WorkerFile = z.output<typeof manifestSchema>["files"][number];

/** Another build may replace the assets while they are copied. */
const TRIES = 3;

export interface InstalledWorker {
  folder: string;
  /** The program, for Node. */
  program: string;
}

/**
 * Make sure that the worker of these assets lies in the support path. Two commands may do so at once.
 * @throws WorkerError if the assets hold no whole worker, or it cannot be written
 */
export function installWorker({ assetsPath, supportPath }: Pick<WorkerPlace, "assetsPath" | "supportPath">) {
  const source = join(assetsPath, "worker");
  for (let tries = 1; ; tries += 1) {
    try {
      return installFrom(source, supportPath);
    } catch (cause) {
      if (tries < TRIES) continue;
      throw new WorkerError(`The worker cannot be installed: ${errorText(cause)}`, {
        remedy: "Update or reinstall the extension.",
        cause,
      });
    }
  }
}

function installFrom(source: string, supportPath: string): InstalledWorker {
  const { version, files } = manifestSchema.parse(JSON.parse(readFileSync(join(source, MANIFEST), "utf8")));
  const wanted = files.filter(({ platform }) => platform === null || platform === process.platform);
  const folder = join(supportPath, `worker-${version.slice(0, 16)}`);
  if (!isWhole(folder, wanted)) {
    mkdirSync(supportPath, { recursive: true });
    copyInto(folder, source, wanted, supportPath);
    removeOldWorkers(supportPath, folder);
  }
  markUsed(folder);
  return { folder, program: join(folder, "cli.cjs") };
}

/** Sizes only: the contents were checked before the folder got its name. */
function isWhole(folder: string, files: WorkerFile[]): boolean {
  return files.every(({ path, bytes }) => {
    const facts = statSync(join(folder, path), { throwIfNoEntry: false });
    return facts !== undefined && facts.isFile() && facts.size === bytes;
  });
}

function copyInto(folder: string, source: string, files: WorkerFile[], supportPath: string): void {
  const fresh = mkdtempSync(join(supportPath, "new-worker-"));
  try {
    for (const file of files) copyChecked(file, source, fresh);
    takePlace(fresh, folder, files);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function copyChecked({ path, sha256, executable }: WorkerFile, source: string, target: string): void {
  const copy = join(target, path);
  mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
  copyFileSync(join(source, path), copy, constants.COPYFILE_FICLONE);
  if (createHash("sha256").update(readFileSync(copy)).digest("hex") !== sha256)
    throw new Error(`${path} is not what was built`);
  chmodSync(copy, executable ? 0o700 : 0o600);
}

/** Whoever comes second finds a whole folder and uses that. One with files missing is moved aside first. */
function takePlace(fresh: string, folder: string, files: WorkerFile[]): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (isWhole(folder, files)) return;
    const aside = mkdtempSync(`${fresh}-aside-`);
    renameSync(folder, aside);
    rmSync(aside, { recursive: true, force: true });
    if (statSync(folder, { throwIfNoEntry: false }) !== undefined) throw error;
    renameSync(fresh, folder);
  }
}

/** Its age tells when it may be removed. */
function markUsed(folder: string): void {
  const now = new Date();
  utimesSync(folder, now, now);
}
