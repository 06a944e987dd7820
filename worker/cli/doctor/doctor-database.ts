// Part of `doctor`: the database and what it tells: an active run, what is drained, how the last run ended, whether its recipe
// still holds. A copy is read: the file itself stays as it is, and is not created. Source: contract §15 (last run's open journal, stale).
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { check, type Check } from "../../core/result/check.ts";
import { AutotuneError, errorText } from "../../core/errors.ts";
import { freshnessText } from "../../core/machine/staleness.ts";
import { shortId, shortModel } from "../../core/units.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { copyDatabase, type DatabaseCopy } from "../../store/copy.ts";
import { SCHEMA_VERSION } from "../../core/runs/schema-version.ts";
import { openStore, type Store } from "../../store/store.ts";
import { drainStates } from "../history/drain-state.ts";
import { newestRecipe } from "../history/freshness.ts";
import type { Io } from "../command/io.ts";

export interface DatabaseFindings {
  checks: Check[];
  /** Worker and candidate of a living run. */
  ownPids: number[];
}

const TITLE = "Database";

export async function checkDatabase(path: string, io: Io): Promise<DatabaseFindings> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (facts instanceof Error && facts.code === "ENOENT") return { checks: [await checkPlace(path)], ownPids: [] };
  let copy: DatabaseCopy | null = null;
  try {
    if (facts instanceof Error) throw facts;
    if (!facts.isFile()) throw new AutotuneError("config_error", "it is no file");
    await access(path, constants.R_OK | constants.W_OK);
    copy = copyDatabase(path);
    const store = openStore(copy.path);
    try {
      return await readStore(store, { path, mode: facts.mode & 0o777, sizeBytes: facts.size }, io);
    } finally {
      store.close();
    }
  } catch (error) {
    return { checks: [broken(path, copy?.inPlace(error) ?? error)], ownPids: [] };
  } finally {
    copy?.remove();
  }
}

function broken(path: string, error: unknown): Check {
  const remedy =
    error instanceof AutotuneError && error.remedy
      ? error.remedy
      : "Name another file with --db-path, or move this one away.";
  return check("database", TITLE, "error", `${path} cannot be used: ${errorText(error)}`, remedy);
}

/** Whether the first run could create it. */
async function checkPlace(path: string): Promise<Check> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const problem = await access(folder, constants.W_OK | constants.X_OK).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    if (problem === null) return check("database", TITLE, "ok", `${path} is not there yet; the first run creates it`);
    if (problem.code !== "ENOENT" || folder === dirname(folder))
      return check(
        "database",
        TITLE,
        "error",
        `${path} cannot be created: ${problem.message}`,
        "Name a file that you can write with --db-path.",
      );
  }
}

interface FileFacts {
  path: string;
  mode: number;
  sizeBytes: number;
}

async function readStore(store: Store, file: FileFacts, io: Io): Promise<DatabaseFindings> {
  const place = store.activePlace();
  const living = place !== null && isSameProcess(place.pid, place.pidStartedAt);
  const checks = [
    checkFile(store, file),
    ...activeRun(store, living),
    lastRun(store),
    ...drained(store),
    await recipe(store, living, io),
  ];
  const ownPids = living ? [place.pid, ...(place.candidate ? [place.candidate.pid] : [])] : [];
  return { checks, ownPids };
}

function checkFile(store: Store, { path, mode, sizeBytes }: FileFacts): Check {
  const damage = store.damage();
  if (damage !== null)
    return check(
      "database",
      TITLE,
      "error",
      `${path} is damaged: ${damage}`,
      "Move the file away; the next run starts a new one.",
    );
  const runs = store.readers.runs().length;
  const text = `${path}: ${runs === 1 ? "1 run" : `${runs} runs`}, ${(sizeBytes / 1e6).toFixed(1)} MB, schema ${SCHEMA_VERSION}, whole`;
  if ((mode & 0o077) === 0) return check("database", TITLE, "ok", text);
  return check(
    "database",
    TITLE,
    "warning",
    `${text}; others can read it (mode ${mode.toString(8)})`,
    "The next run makes it private.",
  );
}

function activeRun(store: Store, living: boolean): Check[] {
  const active = store.readers.activeRun();
  if (active === null) return [];
  const name = `run ${shortId(active.run_id)}`;
  return living
    ? [
        check(
          "active-run",
          "Active run",
          "error",
          `${name} is active (pid ${active.pid}); one run at a time`,
          "`mlx-autotune status --watch`, or `mlx-autotune cancel`",
        ),
      ]
    : [check("active-run", "Active run", "warning", `${name} died; the next command closes it`, "mlx-autotune status")];
}

function lastRun(store: Store): Check {
  const last = store.readers.runs().find((run) => run.state !== "active");
  if (!last) return check("last-run", "Last run", "ok", "none yet");
  const outcome = last.exit_reason ?? last.state;
  const why = last.exit_detail?.split("\n")[0] ?? "";
  const text = `${shortId(last.run_id)}, ${last.ended_at_utc ?? last.started_at_utc ?? "at an unknown time"}: ${outcome}${why && ` (${why})`}`;
  if (outcome === "ok") return check("last-run", "Last run", "ok", text);
  return check("last-run", "Last run", "warning", text, `mlx-autotune show ${shortId(last.run_id)}`);
}

/** Worth its own lines only if something is out of service. */
function drained(store: Store): Check[] {
  const states = drainStates(store);
  if (states.length === 0)
    return [check("drained", "Drained", "ok", "nothing; every provider that was drained is back")];
  return states.map((one) =>
    check(
      "drained",
      "Drained",
      "warning",
      `${one.name} is out of service. ${one.plan}`,
      ...(one.alarm ? ["mlx-autotune restore", ...one.commands] : []),
    ),
  );
}

async function recipe(store: Store, living: boolean, io: Io): Promise<Check> {
  const known = living ? null : await newestRecipe(store.readers, io);
  if (known === null)
    return check("recipe", "Recipe", "ok", living ? "not looked at while a run is active" : "none yet");
  const text = `${shortModel(known.model)}, ${freshnessText(known)}`;
  if (known.state !== "stale") return check("recipe", "Recipe", "ok", text);
  return check("recipe", "Recipe", "warning", text, "`mlx-autotune run` finds a new one.");
}
