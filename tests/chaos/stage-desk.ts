// A database with a finished run, and commands that drain nothing: whatever they change is there or not, and they can be given again.
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Problem } from "../support/worlds/drain-world.ts";
import { createWorld, type Started, type World } from "../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../support/worlds/short-tune.ts";
import type { Passed, Stage } from "./stage.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

export interface Desk {
  world: World;
  /** Of the finished run. */
  runId: string;
  /** For what a play needs beside the database. */
  folder: string;
}

export interface DeskPlay {
  command(desk: Desk): string[];
  always?: readonly string[];
  /** Once. @returns what ends it again */
  setUp?(desk: Desk): Promise<() => void> | (() => void);
  eachTime?(desk: Desk): Promise<void> | void;
  meanwhile?(line: Passed, started: Started): void;
  /** The command that completes it; the same again by default. */
  next?(desk: Desk): string[];
  /** Exit codes of that command; 0. */
  codes?: number[];
  /** What is wrong in the end. */
  check?(desk: Desk): Promise<Problem[]> | Problem[];
  /** Its run lives on in the background. */
  background?: boolean;
  /** What it runs in the foreground is the user's. */
  foreground?: boolean;
  /** The command removes the database. */
  removes?: boolean;
  /** From no database at all. */
  anew?: boolean;
}

export async function openDeskStage(options: DeskPlay): Promise<Stage> {
  const world = await createWorld();
  const args = shortTune({ "candidate-models": plantModels(world, { [MODEL]: { loadMs: 20, ttftMs: 10 } }) });
  const { result } = await world.tune(args);
  const desk: Desk = { world, runId: result.run_id, folder: join(world.home, "desk") };
  const [home, template] = [dirname(world.dbPath), join(world.home, "template")];
  cpSync(home, template, { recursive: true });
  mkdirSync(desk.folder);
  const tearDown = (await options.setUp?.(desk)) ?? (() => undefined);
  let started: Started;
  return {
    ...{
      home: world.home,
      dbPath: world.dbPath,
      always: options.always ?? [],
      background: options.background === true,
      foreground: options.foreground === true,
    },
    prepare: async () => {
      removeFolder(home);
      if (options.anew !== true) cpSync(template, home, { recursive: true });
      await options.eachTime?.(desk);
    },
    start: (env) => (started = world.start(options.command(desk), { ...env, TMPDIR: desk.folder })),
    meanwhile: (line) => options.meanwhile?.(line, started),
    look: () => [],
    complete: async () => {
      const args = (options.next ?? options.command)(desk);
      const { code, stderr } = await world.run(args, { TMPDIR: desk.folder });
      const found: Problem[] = (options.codes ?? [0]).includes(code ?? -1)
        ? []
        : [{ kind: "torn", what: `${args.join(" ")} ended with ${code}: ${stderr}` }];
      return [...found, ...((await options.check?.(desk)) ?? []), ...(options.removes ? gone(home) : whole(world))];
    },
    close: async () => {
      tearDown();
      if (options.removes) cpSync(template, home, { recursive: true }); // it is looked at on closing
      await world.close();
    },
  };
}

const gone = (folder: string): Problem[] =>
  existsSync(folder) ? [{ kind: "torn", what: `left behind in ${folder}: ${readdirSync(folder).join()}` }] : [];

function whole(world: World): Problem[] {
  if (!existsSync(world.dbPath)) return [{ kind: "torn", what: "there is no database" }];
  const [{ integrity_check: said = "no answer" } = {}] = world.rows<{ integrity_check?: string }>(
    "PRAGMA integrity_check",
  );
  const active = world.rows("SELECT * FROM tune_active").length;
  const found: Problem[] = said === "ok" ? [] : [{ kind: "torn", what: said }];
  if (active > 0) found.push({ kind: "torn", what: "a run counts as active" });
  if (world.orphans().length > 0) found.push({ kind: "orphan", what: `candidates live: ${world.orphans().join()}` });
  return found;
}
