// What a Raycast user reads where the worker names flags and commands of a terminal.
import { expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { FIELDS, SETTING_OF, TITLES } from "../../src/lib/tune/tune-form.ts";
import { COMMANDS_HERE, inRaycast, SETTINGS_HERE } from "../../src/lib/ui/raycast-words.ts";
import { COMMANDS } from "../../worker/cli/registry.ts";
import { SIDE_COMMANDS } from "../../worker/cli/side-commands.ts";

test.each([
  [
    "Add --drain to stop it (with --restart-foreground it is started again), or stop it yourself: `kill 33`.",
    "Turn on Drain to stop it (with Restart Foreground it is started again), or stop it yourself: `kill 33`.",
  ],
  ["Leave --offline out for one run.", "Turn off Offline for one run."],
  ["leave out --resume to start anew", "use Tune Again to start anew"],
  [
    "Name another file with --db-path, or move it.",
    "Name another file with Database in the extension's preferences, or move it.",
  ],
  ["no token within 300 s (--ready-timeout 300)", "no token within 300 s (Load Limit 300)"],
  ["(--drain-grace 30)", "(drain-grace 30 in ~/.config/mlx-autotune/config.yaml)"],
  [
    "Wait (`mlx-autotune status --watch`) or end it (`mlx-autotune cancel`).",
    "Wait (Tuning Runs) or end it (Cancel Tuning).",
  ],
  ["Take it back with: mlx-autotune revert 3", "Take it back with: Revert Recipe"],
  ["See mlx-autotune show 0123abcd --json.", "See Tuning Runs."],
  ["`mlx-autotune run --resume --max-duration 9`", "Resume Tuning in Tuning Runs"],
  ["--no-drain: given twice", "Drain: given twice"],
])("%s", (said, here) => expect(inRaycast(said)).toBe(here));

test("what only a terminal has stays a command, and what other programs take stays theirs", () => {
  const typed = "`mlx-autotune serve -- --port 8080`, `launchctl bootout gui/501/x --wait`";
  expect(inRaycast(typed)).toBe(typed);
  expect(inRaycast("To serve it now: mlx-autotune serve")).toBe("To serve it now: `mlx-autotune serve`");
  expect(inRaycast("error: unrecognized arguments: --draft-model")).toBe(
    "error: unrecognized arguments: --draft-model",
  );
  expect(inRaycast("an odd ` before --drain")).toBe("an odd ` before Drain");
});

test("--force is the button of what was refused", () => {
  expect(inRaycast("Repeat with --force to write it", "apply")).toBe("Choose Apply Recipe to write it");
  expect(inRaycast("Or repeat with --force, which", "revert")).toBe("Or choose Revert Anyway, which");
});

test("a field is called as in the form", () => {
  for (const field of FIELDS.filter((one) => one !== "models"))
    expect([field, SETTINGS_HERE[SETTING_OF[field]].name]).toEqual([field, TITLES[field]]);
});

test("every command of the worker has its place here, or is said to have none", () => {
  const names = [...COMMANDS, ...SIDE_COMMANDS].map(({ name }) => name);
  expect(Object.keys(COMMANDS_HERE).sort()).toEqual([...new Set([...names, "run", "plan"])].sort());
});

/** Commands that the extension never asks for, and descriptions of flags. */
const TERMINAL_ONLY =
  /^worker\/(simulator|report|notify|cli\/sweep)\/|^worker\/cli\/(registry|side-commands|cli-options|change\/serve|history\/(import|export|report|status|history|compare))\.ts|^worker\/core\/settings\/sweep-options\.ts|^worker\/core\/runs\/stuck-recipe\.ts/;

/** Flags that the extension itself passes, or of commands that it never asks for; and what is put in where a name stands. */
const NEVER_SEEN = ["--output", "--out", "--overwrite", "--yes", "--detach", "--model", "--watch", "--word"];

const sources = readdirSync("worker", { recursive: true, encoding: "utf8" })
  .map((name) => join("worker", name))
  .filter((path) => path.endsWith(".ts") && !TERMINAL_ONLY.test(path));

/** Sentences of a source that name a flag; what is put into them is a plain word. */
function sentences(path: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node))
      found.push(node.head.text + node.templateSpans.map(({ literal }) => `word${literal.text}`).join(""));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest));
  return found.filter((text) => /(?<![\w(-])--[a-z]/.test(text.replaceAll("(--", "( --")) && /\w \w/.test(text));
}

const shownFlags = (text: string): string[] =>
  text
    .split("`")
    .filter((_, at) => at % 2 === 0)
    .flatMap((part) => part.match(/(?<![\w-])--[a-z][\w-]*/g) ?? [])
    .filter((flag) => !NEVER_SEEN.includes(flag));

test("no sentence of the worker shows a flag", () => {
  const said = sources.flatMap((path) => sentences(path).map((text) => ({ path, text })));
  expect(said.length).toBeGreaterThan(40);
  const left = said.flatMap(({ path, text }) =>
    shownFlags(inRaycast(text)).map((flag) => `${path}: ${flag} in ${text}`),
  );
  expect(left).toEqual([]);
});
