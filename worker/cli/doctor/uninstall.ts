// `uninstall`: remove what the program has written, on the user's word; never while something of it is at work or out of service, and
// never the provider's config or models. Source: contract §3 (uninstall), §5 (no drained Mac is left behind).
import { existsSync, lstatSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AutotuneError, errorText } from "../../core/errors.ts";
import { leftItems, type OwnItem, type UninstallDocument, uninstallText } from "../../core/machine/uninstall.ts";
import { findConfigTarget } from "../../platform/live/config-target.ts";
import { hubCacheFolder } from "../../platform/hub/hub-cache.ts";
import {
  ownBackups,
  ownFiles,
  ownFolder,
  type OwnPlaces,
  usualSupportFolders,
} from "../../platform/files/own-files.ts";
import { readPlistFolder } from "../../platform/launchd/plist.ts";
import { SERVERS } from "../../providers/index.ts";
import { isSameProcess } from "../../platform/processes/process-identity.ts";
import { recover } from "../../recovery/recover.ts";
import { copyDatabase } from "../../store/copy.ts";
import { tablesOf } from "../../store/database.ts";
import { openStore, type Store } from "../../store/store.ts";
import { canAsk, confirmed } from "../command/ask.ts";
import { say, stderrLog, type Io } from "../command/io.ts";
import type { BareCall } from "../command/command.ts";
import { step } from "../../step.ts";

/** @returns 0 if all is gone (or was only listed), 1 if the user said no or something stayed. @throws AutotuneError for every refusal */
export async function uninstall(call: BareCall): Promise<number> {
  const { io, settings } = call;
  requireKnownDatabase(call);
  const { json } = settings.inputs;
  const places = placesOf(call);
  if (settings.dryRun) return listOnly(places, call);
  const stores = places.dbPaths.filter(hasRuns).map((path) => openStore(path));
  try {
    for (const store of stores)
      await recover({ store, env: io.env, log: stderrLog(io), retryFailed: false, waitForOthers: false });
    await refuseUnlessQuiet(stores, io);
    const plan = await planOf(places, stores, call);
    const wanted = { state: "dry_run" as const, refused: null, problems: [], ...plan };
    if (!(await mayRemove(wanted, call.options["yes"] === true, json, io)))
      return tell({ ...wanted, state: "declined" }, json, io);
    for (const store of stores) store.retire(isSameProcess);
    const problems = removeAll(plan.items, ownFolder(io.homeDir));
    return tell({ ...wanted, state: problems.length === 0 ? "removed" : "incomplete", problems }, json, io);
  } finally {
    for (const store of stores) store.close();
  }
}

/** The database of the settings, and the one in the usual place: a run may be active in either. */
function placesOf({ io, settings, options }: BareCall): OwnPlaces {
  const { homeDir } = io;
  const support = options["supportPath"];
  const supportFolders = [
    ...usualSupportFolders(homeDir, io.selfCommand[1] ?? ""),
    ...(typeof support === "string" ? [support] : []),
  ];
  const dbPaths = [settings.inputs.dbPath, join(ownFolder(homeDir), "autotune.sqlite")];
  return { homeDir, dbPaths: [...new Set(dbPaths)], supportFolders: [...new Set(supportFolders)] };
}

/** A wrong setting may hide where the database lies; then the one in the usual place is perhaps not the one that drained something. */
function requireKnownDatabase({ problems, settings }: BareCall): void {
  if (problems.length === 0 || settings.sources["db-path"] === "flag") return;
  throw new AutotuneError("config_error", `settings cannot be read: ${problems.join("; ")}`, {
    remedy: "Mend them, or name the database with --db-path.",
    remedies: [{ kind: "setting", setting: "db-path" }],
  });
}

/** A database that an uninstall was cut short in has lost its place for runs: nothing can be drained by it. */
function hasRuns(dbPath: string): boolean {
  return existsSync(dbPath) && lstatSync(dbPath).size > 0 && tablesOf(dbPath).includes("tune_active");
}

/** @throws AutotuneError busy or config_error naming what has to come first */
async function refuseUnlessQuiet(stores: Store[], io: Io): Promise<void> {
  for (const store of stores) {
    const run = store.activePlace();
    if (run !== null && isSameProcess(run.pid, run.pidStartedAt))
      throw new AutotuneError("busy", `run ${run.runId} is active (pid ${run.pid})`, {
        remedy: "Wait for it (`mlx-autotune status --watch`) or end it (`mlx-autotune cancel`), then repeat.",
      });
    const out = [...store.drains.open(), ...store.drains.failed()].map(({ name }) => name);
    if (out.length > 0)
      throw new AutotuneError("config_error", `out of service and known only to the database: ${out.join(", ")}`, {
        remedy: "Bring it back first: mlx-autotune restore",
      });
    store.applications.refuseWhileApplying(isSameProcess);
  }
  for (const { id, config } of SERVERS) {
    if (config.readBy !== "serve") continue;
    const { service } = await findConfigTarget(id, { homeDir: io.homeDir, env: io.env });
    if (service !== null)
      throw new AutotuneError("config_error", `${service.label} serves what ${config.file} says, by this program`, {
        remedy: "Let its plist run the provider itself, or take it out of service for good, then repeat.",
      });
  }
}

/** As it is, and why it would be refused; nothing is opened but copies of the databases. */
async function listOnly(places: OwnPlaces, call: BareCall): Promise<number> {
  const { io, settings } = call;
  const copies = places.dbPaths.filter((path) => existsSync(path)).map((path) => copyDatabase(path));
  const stores: Store[] = [];
  try {
    for (const { path } of copies) if (hasRuns(path)) stores.push(openStore(path));
    const refused = await refuseUnlessQuiet(stores, io).then(() => null, refusalText);
    const plan = await planOf(places, stores, call);
    return tell({ state: "dry_run", refused, problems: [], ...plan }, settings.inputs.json, io);
  } finally {
    for (const store of stores) store.close();
    for (const copy of copies) copy.remove();
  }
}

function refusalText(error: unknown): string {
  if (error instanceof AutotuneError) return `${error.message}. ${error.remedy ?? ""}`.trim();
  throw error;
}

async function planOf(places: OwnPlaces, stores: Store[], { io, options }: BareCall) {
  const { items, foreign } = ownFiles(places);
  const applied = stores.flatMap((store) => store.readers.applications());
  const removed = new Set(items.map(({ path }) => path));
  const named = applied.flatMap(({ backup_path: path }) => (path === null ? [] : [path]));
  const backups = [...new Set([...named, ...ownBackups(places.homeDir)])].filter((path) => existsSync(path));
  const withBackups = options["backups"] === true;
  const backupItems = backups.map((path) => ({ path, what: "backup of a config", bytes: lstatSync(path).size }));
  const left = leftItems({
    modelsFolder: hubCacheFolder({ env: io.env, homeDir: io.homeDir }),
    appliedTo: applied.filter((one) => one.is_current && !removed.has(one.config_path)).map((one) => one.config_path),
    backups: withBackups ? [] : backups,
    agents: await agentsThatRunUs(io),
    foreign,
  });
  return { items: withBackups ? [...items, ...backupItems] : items, left };
}

/** Written by the user: this program makes none. */
async function agentsThatRunUs({ homeDir, env }: Io): Promise<string[]> {
  const { plists } = await readPlistFolder(join(homeDir, "Library", "LaunchAgents"), env);
  const runsUs = (word: string) => /(^|[\s/])mlx-autotune(\s|$)|\/worker(-[\da-f]{16})?\/cli\.cjs/.test(word);
  return plists.filter(({ argv }) => argv.some(runsUs)).map(({ path }) => path);
}

/** @throws AutotuneError config_error where nobody can be asked and nobody has said yes */
async function mayRemove(plan: UninstallDocument, yes: boolean, json: boolean, io: Io): Promise<boolean> {
  if (yes || plan.items.length === 0) return true;
  if (json || !canAsk(io))
    throw new AutotuneError("config_error", "uninstall asks first, and nobody can be asked here", {
      remedy: "Look at it with --dry-run, then repeat with --yes.",
    });
  say(io.stderr, uninstallText(plan));
  return confirmed("Remove all this?", io);
}

/** @returns what could not be removed and why */
function removeAll(items: OwnItem[], own: string): string[] {
  const problems = items.flatMap(({ path }) => {
    try {
      step("uninstall.path", () => rmSync(path, { recursive: true, force: true }));
      return [];
    } catch (error) {
      return [`${path}: ${errorText(error)}`];
    }
  });
  removeIfEmpty(own);
  return problems;
}

function removeIfEmpty(folder: string): void {
  try {
    step("uninstall.folder", () => rmdirSync(folder));
  } catch (error) {
    // Something of somebody else is in it (told as left), or it never was there.
    if (!["ENOTEMPTY", "EEXIST", "ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
      throw error;
  }
}

function tell(document: UninstallDocument, json: boolean, io: Io): number {
  say(io.stdout, json ? JSON.stringify(document, null, 2) : uninstallText(document));
  return document.state === "declined" || document.state === "incomplete" ? 1 : 0;
}
