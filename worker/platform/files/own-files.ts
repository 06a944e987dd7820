// What this program and its extension have written in a home folder, found by their names. Only looks; a link is never followed.
// The program makes no LaunchAgents. Source: contract §3 (uninstall), §11; who writes each file: docs/reviewer.md.
import { fstatSync, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { OwnItem } from "../../core/machine/uninstall.ts";

export interface OwnPlaces {
  homeDir: string;
  /** Every database that may be ours. */
  dbPaths: string[];
  /** Folders that Raycast gives the extension. */
  supportFolders: string[];
}

/** Everything there that is ours, in the order in which it is removed: databases first, so that nothing can begin any more. */
export function ownFiles({ homeDir, dbPaths, supportFolders }: OwnPlaces): { items: OwnItem[]; foreign: string[] } {
  const own = ownFolder(homeDir);
  const besides = [...new Set(dbPaths.map((path) => dirname(path)))];
  const found = [
    ...dbPaths.flatMap((path) => ["-wal", "-shm", "-journal", ""].map((suffix) => item(path + suffix, "database"))),
    ...besides.flatMap((beside) => [
      ...runFiles(join(beside, "logs"), "logs of runs", beside === own ? ANY : LOG_NAME),
      ...runFiles(join(beside, "reports"), "reports", REPORT_NAME),
    ]),
    ...namesIn(own).map((name) => item(join(own, name), CONFIGS.find(([pattern]) => pattern.test(name))?.[1] ?? null)),
    ...supportFolders.flatMap(supportFiles),
  ];
  const items = found.filter((one) => one !== null);
  const known = new Set(items.map(({ path }) => path));
  const inside = ["", ...FOLDERS].flatMap((folder) =>
    namesIn(join(own, folder)).map((name) => join(own, folder, name)),
  );
  const isOurs = (path: string) => known.has(path) || known.has(dirname(path)) || FOLDERS.includes(basename(path));
  return { items, foreign: inside.filter((path) => !isOurs(path) && !BACKUP.test(basename(path))) };
}

/** Where the command line keeps everything unless it is told otherwise. */
export const ownFolder = (homeDir: string): string => join(homeDir, ".config", "mlx-autotune");

/** Backups of our own configs in our own folder. */
export const ownBackups = (homeDir: string): string[] =>
  namesIn(ownFolder(homeDir))
    .filter((name) => BACKUP.test(name))
    .map((name) => join(ownFolder(homeDir), name));

/** Raycast's own place for the extension, and the one from which this program runs, if it is one of the extension's copies. */
export function usualSupportFolders(homeDir: string, program: string): string[] {
  const usual = join(homeDir, "Library", "Application Support", "com.raycast.macos", "extensions", "mlx-autotune");
  const copy = dirname(program);
  return WORKER.test(basename(copy)) ? [...new Set([usual, dirname(copy)])] : [usual];
}

const ANY = /./;
const FOLDERS = ["logs", "reports"];
const BACKUP = /^(serve|simulated)\.yaml\.bak-\d+-\d+$/;
const UUID = "[\\da-f]{8}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{4}-[\\da-f]{12}";
const LOG_NAME = new RegExp(`^${UUID}(\\.worker\\.log)?$`);
/** The second form is what a death in the middle of writing leaves. */
const REPORT = `(${UUID}|sweep-[\\w-]+|run-[\\da-f]{16})\\.html`;
const REPORT_NAME = new RegExp(`^(${REPORT}|\\.${REPORT}\\.\\d+\\.tmp)$`);
const WORKER = /^worker-[\da-f]{16}$/;
const CONFIGS: readonly [RegExp, string][] = [
  [/^config\.yaml$/, "settings"],
  [/^serve\.yaml$/, "config of mlx-autotune serve"],
  [/^simulated\.yaml$/, "config of the simulator"],
  [/^\.(serve|simulated)\.yaml\./, "lock or part of a write"],
];

/** The folder as a whole if all in it is ours, else what is ours in it. */
function runFiles(folder: string, what: string, ours: RegExp): (OwnItem | null)[] {
  const names = namesIn(folder);
  const isWholly = names.every((name) => ours.test(name)) && (names.length > 0 || ours === ANY);
  if (isWholly) return [item(folder, what)];
  return names.filter((name) => ours.test(name)).map((name) => item(join(folder, name), what));
}

function supportFiles(folder: string): (OwnItem | null)[] {
  const calls = namesIn(join(folder, "calls"))
    .map((name) => join(folder, "calls", name))
    .filter((call) => !holdsOurOutput(call));
  return [
    ...namesIn(folder)
      .filter((name) => WORKER.test(name) || name.startsWith("new-worker-"))
      .map((name) => item(join(folder, name), "worker of the Raycast extension")),
    ...calls.map((path) => item(path, "answers to the Raycast extension")),
  ];
}

/** The answer of this very call goes there: Raycast waits for it. */
function holdsOurOutput(folder: string): boolean {
  const own = [1, 2].map((fd) => fstatSync(fd)).map(({ dev, ino }) => `${dev} ${ino}`);
  return namesIn(folder).some((name) => {
    const facts = statSync(join(folder, name), { throwIfNoEntry: false });
    return facts !== undefined && own.includes(`${facts.dev} ${facts.ino}`);
  });
}

function namesIn(folder: string): string[] {
  const facts = lstatSync(folder, { throwIfNoEntry: false });
  return facts?.isDirectory() === true ? readdirSync(folder).sort() : [];
}

function item(path: string, what: string | null): OwnItem | null {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts === undefined || what === null
    ? null
    : { path, what, bytes: facts.isDirectory() ? bytesIn(path) : facts.size };
}

function bytesIn(folder: string): number {
  const sizes = readdirSync(folder, { recursive: true, encoding: "utf8" }).map(
    (name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
