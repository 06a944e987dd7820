import { describe, expect, test } from "@jest/globals";
import { Command, CommanderError } from "commander";
import { refuseAsConfigErrors, registerSettings } from "../../worker/cli/cli-options.ts";
import { AutotuneError } from "../../worker/core/errors.ts";
import { GROUPS, SETTING_NAMES, settingOf, type SettingName } from "../../worker/core/settings/options.ts";
import type { RawFlags } from "../../worker/core/settings/setting-sources.ts";
import { resolveSettings } from "../../worker/core/settings/settings.ts";

interface Cli {
  program: Command;
  flags: () => RawFlags;
  output: string[];
}

function cli(names?: SettingName[]): Cli {
  const output: string[] = [];
  const program = new Command("mlx-autotune");
  program.configureOutput({
    writeOut: (text) => output.push(text),
    writeErr: (text) => output.push(text),
    getOutHelpWidth: () => 120,
  });
  refuseAsConfigErrors(program);
  const run = program.command("run").action(() => undefined);
  const flags = registerSettings(run, names);
  return { program, flags, output };
}

function parse(...args: string[]): RawFlags {
  const { program, flags } = cli();
  program.parse(["run", ...args], { from: "user" });
  return flags();
}

function refusal(...args: string[]): AutotuneError {
  const { program, output } = cli();
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    expect(output).toEqual([]);
    if (error instanceof AutotuneError) return error;
  }
  throw new Error("no AutotuneError");
}

const resolve = (...args: string[]) =>
  resolveSettings({ flags: parse(...args), env: {}, file: null, home: "/home/ann", cwd: "/", randomSeed: 1 });

describe("flags as given", () => {
  test("none is none", () => {
    expect(parse()).toEqual({});
  });

  test("with a blank, with =, empty, negative, negated, short", () => {
    expect(
      parse("--port", "5000", "--seed=7", "--max-context-axis=", "--max-tokens", "-5", "--drain", "--no-offline", "-v"),
    ).toEqual({
      port: ["5000"],
      seed: ["7"],
      "max-context-axis": [""],
      "max-tokens": ["-5"],
      drain: [true],
      offline: [false],
      verbose: [true],
    });
  });

  test("--resume with and without its run", () => {
    expect(parse("--resume")).toEqual({ resume: [true] });
    expect(parse("--resume", "--json")).toEqual({ resume: [true], json: [true] });
    expect(parse("--resume", "run-0001")).toEqual({ resume: ["run-0001"] });
    expect(parse("--no-resume")).toEqual({ resume: [false] });
    expect(resolve("--resume").resume).toEqual({ run: null });
    expect(resolve("--resume=run-0001").resume).toEqual({ run: "run-0001" });
    expect(resolve("--no-resume").resume).toBeNull();
  });

  test("every setting is a flag, and every switch can be negated", () => {
    for (const name of SETTING_NAMES) {
      const negatable = settingOf(name).placeholder === "";
      expect(parse(...(negatable ? [`--${name}`] : [`--${name}`, "text"]))).toEqual({
        [name]: [negatable ? true : "text"],
      });
      if (negatable) expect(parse(`--no-${name}`)).toEqual({ [name]: [false] });
    }
  });

  test("every occurrence is told, so that a repetition can be refused", () => {
    expect(parse("--port", "5000", "--port=5001")).toEqual({ port: ["5000", "5001"] });
    expect(() => resolve("--port", "5000", "--port=5001")).toThrow('--port: given 2 times ("5000", "5001")');
    expect(() => resolve("--drain", "--no-drain")).toThrow("--drain: given 2 times (on, off)");
    expect(resolve("-v", "--verbose").inputs.verbose).toBe(true);
  });

  test("a flag that is swallowed as the value before it is refused", () => {
    expect(() => resolve("--db-path", "--drain")).toThrow('--db-path: its value is missing ("--drain" follows)');
  });
});

describe("bad arguments are a config_error that says what to do", () => {
  test.each([
    [["run", "--max-token", "5"], "--max-token: there is no such flag", "Did you mean --max-tokens?"],
    [["run", "--no-drian"], "--no-drian: there is no such flag", "Did you mean --no-drain?"],
    [["run", "--temperature=1"], "--temperature: there is no such flag", "See `mlx-autotune run --help`."],
    [["run", "--drain=true"], "--drain: it takes no value", "Write --drain, or --no-drain."],
    [["run", "--api-key=sk-1234"], "--api-key: there is no such flag", "See `mlx-autotune run --help`."],
    [["run", "-x"], "-x: there is no such flag", "See `mlx-autotune run --help`."],
    [["run", "--port"], "option '--port <N>' argument missing", "See `mlx-autotune run --help`."],
    [
      ["run", "a", "b"],
      '"a": there is no place for this argument',
      "Leave it out; write lists without spaces, or quote them.",
    ],
    [["rnu"], '"rnu": there is no such command', "Did you mean `run`?"],
  ])("%j", (args, message, remedy) => {
    expect(refusal(...args)).toMatchObject({ code: "config_error", message, remedy });
  });
});

describe("the help", () => {
  function help(names?: SettingName[]): string {
    const { program, output } = cli(names);
    expect(() => program.parse(["run", "--help"], { from: "user" })).toThrow(
      expect.objectContaining({ constructor: CommanderError, exitCode: 0 }),
    );
    return output.join("");
  }

  test("lists every setting once, under its group, with limits and default", () => {
    const text = help();
    const headings = GROUPS.map((group) => text.indexOf(`\n${group}:\n`));
    expect(headings).toEqual(headings.toSorted((a, b) => a - b));
    expect(headings).not.toContain(-1);
    for (const name of SETTING_NAMES)
      expect(text.match(new RegExp(`^  (-\\w, )?--${name}[ \\n]`, "gm"))).toHaveLength(1);
    expect(text.replace(/\s+/g, " ")).toContain("a whole number from 1024 to 65535 (default: 18080)");
    expect(text).toContain("--no-drain");
  });

  test("a command may take only some of the settings", () => {
    const text = help(["json", "db-path"]);
    expect(text).toContain("--db-path");
    expect(text).not.toContain("--port");
  });
});
