// The table of probes is whole: every function that reads what macOS' tools say, and every tool that the program asks, stands in a row or
// is named here with the reason why it is none.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { PROBES } from "../worker/cli/doctor/evidence-probes.ts";

const sources = readdirSync("worker", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts") && !path.startsWith("simulator"))
  .map((path) => ({ path, text: readFileSync(join("worker", path), "utf8") }));

const LOOKS_ONLY_WHEN_ACTING = "answers a verb that changes something: no probe may ask it";
const OF_A_SERVER = "what a server answers to a request: measured and kept by runs";
const OF_FILES = "a file's content, judged where the cache or the config is looked at";
const OURS = "reads what this program or its user wrote";

/** Readers that no probe has, and why. */
const NOT_PROBED: Record<string, string> = {
  meaningOfBootout: LOOKS_ONLY_WHEN_ACTING,
  meaningOfBootstrap: LOOKS_ONLY_WHEN_ACTING,
  meaningOfKickstart: LOOKS_ONLY_WHEN_ACTING,
  parseProcStat: "Linux only, of one process: shown by the probe of one process's start",
  judgeFacts: "decides from what others read; the probe of live providers shows its verdict",
  judgeHeader: OF_FILES,
  readConfig: OF_FILES,
  readSmall: OF_FILES,
  judgeCell: OF_A_SERVER,
  judgeOld: OURS,
  readSettings: OURS,
  readSweepFlags: OURS,
  readBaseUrl: OURS,
  describeAnswer: "words for people",
  meaningOfCode: "words for people",
  killsAfterS: "counts with what the probe of services shows",
  isEnding: "counts with what the probe of services shows",
  notReturned: "compares two answers of the probe of memory",
  judgePort: "decides from what others read; the probe of live providers shows its verdict",
  readProcCommandLine: "Linux only: /proc needs no probe of a Mac",
  parsePythonJson: OF_FILES,
  readEvent: OF_A_SERVER,
  parseActivity: "asked of the process of a service that is being brought back, which only that has",
};

/** Exported functions of core, and readers by their names elsewhere. */
function readersIn(folder: string, name: RegExp): string[] {
  return sources
    .filter(({ path }) => path.startsWith(folder))
    .flatMap(({ text }) =>
      [...text.matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)].map(([, found = ""]) => found),
    )
    .filter((found) => name.test(found));
}

const inTable = new Set(PROBES.flatMap(({ readers }) => readers.map(({ name }) => name)));

test("every parser of foreign output in worker/core is in the table or named as none", () => {
  const outputs = sources.filter(({ path }) => /^core\/[\w/-]+-output\.ts$/.test(path));
  const ofOutputs = outputs.flatMap(({ text }) =>
    [...text.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, found = ""]) => found),
  );
  const all = [
    ...readersIn("core/", /^(parse|meaningOf|judge|read)[A-Z]/),
    ...ofOutputs,
    ...readersIn("platform/", /^(parse|judge)[A-Z]/),
  ];
  expect(all.length).toBeGreaterThan(12);
  expect([...new Set(all)].filter((name) => !inTable.has(name) && !(name in NOT_PROBED))).toEqual([]);
});

test("what is named as no probe is there and in no row", () => {
  const everything = sources.map(({ text }) => text).join("\n");
  for (const name of Object.keys(NOT_PROBED)) {
    expect(everything).toMatch(new RegExp(`^export (async )?(function|const) ${name}\\b`, "m"));
    expect(inTable.has(name)).toBe(false);
  }
});

/** Programs that act, and no tool of macOS that tells something. */
const ACTS = ["caffeinate", "/bin/sh", "/bin/cp", "flock"];

test("every tool that the program asks by name is in the table", () => {
  const called = sources
    .filter(({ path }) => !path.startsWith("cli/doctor/evidence") && path !== "platform/machine/identity.ts")
    .flatMap(({ text }) => [
      ...text.matchAll(
        /\b(?:execa|spawn|spawnSync|execFile|execFileSync|toolText|run|ask|askProgram)\(\[?\s*"([\w./-]+)"/g,
      ),
    ])
    .map(([, tool = ""]) => tool);
  expect(called).toEqual(expect.arrayContaining(["launchctl", "lsof", "vm_stat", "sysctl", "plutil"]));
  const known = new Set(PROBES.flatMap(({ tools }) => tools));
  expect([...new Set(called)].filter((tool) => !known.has(tool) && !ACTS.includes(tool))).toEqual([]);
});

test("rows have ids and titles of their own", () => {
  for (const key of ["id", "title"] as const) {
    const given = PROBES.map((probe) => probe[key]);
    expect(new Set(given).size).toBe(given.length);
  }
});
