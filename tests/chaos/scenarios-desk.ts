// Where all other commands pass their steps: the first of all, in the background, on files, on an endpoint, as a server.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { activeRow } from "../support/worlds/active-run.ts";
import type { Problem } from "../support/worlds/drain-world.ts";
import { answersOn, eventually, freePort } from "../support/worlds/live-world.ts";
import { PROGRAM } from "../support/worlds/program.ts";
import { MODEL, plantModels, shortTune } from "../support/worlds/short-tune.ts";
import type { Scenario } from "./scenario.ts";
import { openDeskStage, type Desk, type DeskPlay } from "./stage-desk.ts";

const desk = (name: string, roles: string[], options: DeskPlay, eachTime = false): Scenario => ({
  ...{ name, roles, eachTime },
  open: () => openDeskStage(options),
});

const exported = ({ folder }: Desk) => join(folder, "run.json");
const report = ({ folder }: Desk) => join(folder, "report.html");
const leftReport = ({ folder }: Desk) => join(folder, ".report.html.4194303.tmp");
const evidence = ({ folder }: Desk) => join(folder, "evidence.md");
const importing = (file: (at: Desk) => string, more: Partial<DeskPlay>): DeskPlay => ({
  command: (at) => ["import", file(at)],
  anew: true,
  check: (at) => expectRows(at, 1),
  ...more,
});

/** Where a database begins; all others have one. */
export const FIRST_COMMAND = desk("first command", ["runs"], { command: () => ["runs"], anew: true });

export const DESK_SCENARIOS: readonly Scenario[] = [
  desk("refused run", ["run"], { command: () => ["run", "--target-context", "-5"], codes: [2] }),
  desk("export", ["export"], {
    command: (at) => ["export", at.runId, "--output", exported(at)],
    eachTime: (at) => rmSync(exported(at), { force: true }),
    codes: [0, 2],
    check: (at) => (isWhole(exported(at), /\}\s*$/) ? [] : [{ kind: "torn", what: "the exported file is cut off" }]),
  }),
  desk("delete", ["delete"], {
    command: ({ runId }) => ["delete", runId],
    codes: [0, 1],
    check: (at) => expectRows(at, 0),
  }),
  desk(
    "import a run",
    ["import"],
    importing(exported, {
      setUp: async (at) => {
        await at.world.run(["export", at.runId, "--output", exported(at)]);
        return () => undefined;
      },
    }),
  ),
  desk(
    "import a database",
    ["import"],
    importing(({ folder }) => join(folder, "other.sqlite"), { setUp: plantDatabase }),
  ),
  desk("report", ["report"], {
    command: (at) => ["report", at.runId, "--out", report(at)],
    eachTime: (at) => rmSync(report(at), { force: true }),
    check: (at) => (isWhole(report(at), /<\/html>\s*$/) ? [] : [{ kind: "torn", what: "the report is cut off" }]),
  }),
  desk("report after a dead one", ["report"], {
    command: (at) => ["report", at.runId, "--out", report(at)],
    eachTime: (at) => writeFileSync(leftReport(at), "half"),
    check: (at) => (existsSync(leftReport(at)) ? [{ kind: "torn", what: "a dead one's part is left" }] : []),
  }),
  desk("evidence", ["doctor"], {
    command: (at) => ["doctor", "--evidence", evidence(at), "--port", String(at.world.port)],
    eachTime: (at) => rmSync(evidence(at), { force: true }),
    codes: [0, 2],
    check: (at) => (isWhole(evidence(at), /\S\s*$/) ? [] : [{ kind: "torn", what: "there is no evidence" }]),
  }),
  desk("uninstall", ["uninstall"], { command: () => ["uninstall", "--yes"], removes: true }),
  desk("report that fails", ["report"], {
    command: (at) => ["report", at.runId, "--out", report(at)],
    always: ["fail:EIO report before private.rename 1"],
  }),
  desk("sweep", ["sweep"], {
    command: ({ folder }) => [
      "sweep",
      "--base-url",
      readFileSync(join(folder, "url"), "utf8"),
      "--contexts",
      "64,128",
      "--concurrency",
      "1",
      "--max-tokens",
      "8",
    ],
    setUp: startEndpoint,
  }),
  desk("detach", ["run"], { command: background, background: true, next: () => ["cancel"] }),
  desk("interrupted detach", ["run"], {
    command: background,
    background: true,
    next: () => ["cancel"],
    meanwhile: ({ side, name, pid }) =>
      void (side === "after" && name === "detach.start" && process.kill(pid, "SIGINT")),
  }),
  desk("cancel", ["cancel"], { command: () => ["cancel"], background: true, eachTime: startLong }),
  desk("serve", ["serve"], {
    command: ({ runId, world }) => ["serve", runId, "--provider-bin", world.provider.program],
    next: () => ["status"],
    meanwhile: ({ side, name, pid }) =>
      void (side === "after" && name === "serve.start" && process.kill(pid, "SIGTERM")),
    foreground: true,
  }),
];

const isWhole = (path: string, end: RegExp): boolean => existsSync(path) && end.test(readFileSync(path, "utf8"));

function expectRows({ world }: Desk, count: number): Problem[] {
  const { length } = world.rows("SELECT run_id FROM tune_runs");
  return length === count ? [] : [{ kind: "torn", what: `there are ${length} runs, not ${count}` }];
}

/** A database that another program has open: its last rows stand in the WAL. */
function plantDatabase({ world, folder }: Desk): () => void {
  const other = join(folder, "other.sqlite");
  writeFileSync(other, readFileSync(world.dbPath));
  const db = new Database(other);
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
  return () => db.close();
}

/** A long run in the background, with a candidate of its own. */
function background({ world }: Desk): string[] {
  plantModels(world, { [MODEL]: { loadMs: 20, answer: "silence", answerFor: "replicates" } });
  return [...world.tuneArgs(["--offline", ...shortTune({ "gate-ttft-ms": "600000" })]), "--detach"];
}

async function startLong(at: Desk): Promise<void> {
  await at.world.run(background(at));
  await eventually("it serves", () => activeRow(at.world)?.candidate_pid != null);
}

async function startEndpoint({ folder }: Desk): Promise<() => void> {
  const port = await freePort();
  writeFileSync(join(folder, "url"), `http://127.0.0.1:${port}`);
  const child = spawn(
    process.execPath,
    [PROGRAM, "simulated-provider", "serve", "--model", MODEL, "--port", String(port)],
    {
      stdio: "ignore",
    },
  );
  await eventually("it serves", () => answersOn(port));
  return () => child.kill("SIGKILL");
}
