// Part of `doctor`: the database and what it tells: an active run, what is drained, how the last run ended, whether its recipe
// still holds. A copy is read: the file itself stays as it is, and is not created. Source: contract §15 (last run's open journal, stale).
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { check, type Check, inShort } from "../../core/result/check.ts";
import { AutotuneError, errorText, type Remedy } from "../../core/errors.ts";
import { freshnessText } from "../../core/machine/staleness.ts";
import { counted, diskSize, shortId, shortModel } from "../../core/units.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { copyDatabase, type DatabaseCopy } from "../../store/copy.ts";
import { SCHEMA_VERSION } from "../../core/runs/schema-version.ts";
import { openStore, type Store } from "../../store/store.ts";
import { drainStates } from "../history/drain-state.ts";
import { newestFreshness } from "../history/freshness.ts";
import type { Io } from "../command/io.ts";

export interface DatabaseFindings {
  checks: Check[];
  /** Worker and candidate of a living run. */
  ownPids: number[];
}

const TITLE = "Database";
const DAMAGED = "Move the file away; the next run starts a new one.";
const ELSEWHERE: readonly Remedy[] = [{ kind: "setting", setting: "db-path" }];

export async function checkDatabase(path: string, io: Io): Promise<DatabaseFindings> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (facts instanceof Error && facts.code === "ENOENT")
    return { checks: [inShort("none yet", await checkPlace(path))], ownPids: [] };
  let copy: DatabaseCopy | null = null;
  try {
    if (facts instanceof Error) throw facts;
    if (!facts.isFile()) throw new AutotuneError("config_error", "it is no file");
    await access(path, constants.R_OK | constants.W_OK);
    // SQLite keeps files of its own beside the database.
    await access(dirname(await realpath(path)), constants.W_OK | constants.X_OK);
    copy = copyDatabase(path);
    const store = openStore(copy.path);
    try {
      return await readStore(store, { path, mode: facts.mode & 0o777, sizeBytes: facts.size }, io);
    } finally {
      store.close();
    }
  } catch (error) {
    return { checks: [inShort("unusable", broken(path, copy?.inPlace(error) ?? error))], ownPids: [] };
  } finally {
    copy?.remove();
  }
}

function broken(path: string, error: unknown): Check {
  const repair =
    error instanceof AutotuneError && error.remedy !== undefined
      ? { text: error.remedy, remedies: error.remedies }
      : { text: "Name another file with --db-path, or move this one away.", remedies: ELSEWHERE };
  return check("database", TITLE, "error", `${path} cannot be used: ${errorText(error)}`, repair);
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
      return check("database", TITLE, "error", `${path} cannot be created: ${problem.message}`, {
        text: "Name a file that you can write with --db-path.",
        remedies: ELSEWHERE,
      });
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
    return inShort("damaged", check("database", TITLE, "error", `${path} is damaged: ${damage}`, DAMAGED));
  const runs = counted(store.readers.runs().length, "run");
  const text = `${path}: ${runs}, ${diskSize(sizeBytes)}, schema ${SCHEMA_VERSION}, whole`;
  if ((mode & 0o077) === 0) return inShort(runs, check("database", TITLE, "ok", text));
  const readable = `${text}; others can read it (mode ${mode.toString(8)})`;
  return inShort("readable by others", check("database", TITLE, "warning", readable, "The next run makes it private."));
}

const WATCH_OR_CANCEL = "`mlx-autotune status --watch`, or `mlx-autotune cancel`";

function activeRun(store: Store, living: boolean): Check[] {
  const active = store.readers.activeRun();
  if (active === null) return [];
  const id = shortId(active.run_id);
  const title = "Active run";
  const [text, repair] = living
    ? [`run ${id} is active (pid ${active.pid}); one run at a time`, WATCH_OR_CANCEL]
    : [`run ${id} died; the next command closes it`, "mlx-autotune status"];
  return [inShort(living ? id : "died", check("active-run", title, living ? "error" : "warning", text, repair))];
}

function lastRun(store: Store): Check {
  const last = store.readers.runs().find((run) => run.state !== "active");
  if (!last) return inShort("none yet", check("last-run", "Last run", "ok", "none yet"));
  const outcome = last.exit_reason ?? last.state;
  const why = last.exit_detail?.split("\n")[0] ?? "";
  const text = `${shortId(last.run_id)}, ${last.ended_at_utc ?? last.started_at_utc ?? "at an unknown time"}: ${outcome}${why && ` (${why})`}`;
  if (outcome === "ok") return inShort(outcome, check("last-run", "Last run", "ok", text));
  const repair = `mlx-autotune show ${shortId(last.run_id)}`;
  return inShort(outcome.replaceAll("_", " "), check("last-run", "Last run", "warning", text, repair));
}

/** Worth its own lines only if something is out of service. */
function drained(store: Store): Check[] {
  const states = drainStates(store);
  if (states.length === 0)
    return [inShort("none", check("drained", "Drained", "ok", "nothing; every provider that was drained is back"))];
  return states.map((one) =>
    inShort(
      "out of service",
      check(
        "drained",
        "Drained",
        "warning",
        `${one.name} is out of service. ${one.plan}`,
        ...(one.alarm ? ["mlx-autotune restore", ...one.commands] : []),
      ),
    ),
  );
}

async function recipe(store: Store, living: boolean, io: Io): Promise<Check> {
  const known = living ? null : await newestFreshness(store.readers, io);
  if (known === null)
    return inShort(
      living ? "run active" : "none yet",
      check("recipe", "Recipe", "ok", living ? "not looked at while a run is active" : "none yet"),
    );
  const text = `${shortModel(known.model)}, ${freshnessText(known)}`;
  if (known.state !== "stale") return inShort(known.state, check("recipe", "Recipe", "ok", text));
  return inShort(known.state, check("recipe", "Recipe", "warning", text, "`mlx-autotune run` finds a new one."));
}
