import { describe, expect, test } from "@jest/globals";
import type { AutotuneError } from "../../../worker/core/errors.ts";
import type { Inputs } from "../../../worker/core/settings/inputs.ts";
import { isNegatable, SETTING_NAMES, type SettingName, variableOf } from "../../../worker/core/settings/options.ts";
import type { FileEntry, FileSettings, RawFlags } from "../../../worker/core/settings/setting-sources.ts";
import { readSettings, resolveSettings, type Settings } from "../../../worker/core/settings/settings.ts";

const FILE = "/home/ann/.config/mlx-autotune/config.yaml";
const DEFAULT_DATABASE = "/home/ann/.config/mlx-autotune/autotune.sqlite";

interface Given {
  flags?: RawFlags;
  env?: Record<string, string | undefined>;
  file?: Partial<Record<SettingName, FileEntry["value"]>>;
}

function raw({ flags = {}, env = {}, file = {} }: Given) {
  const entries = Object.entries(file).map(([key, value], index) => ({
    name: key as SettingName,
    key,
    value,
    line: index + 1,
  }));
  return {
    flags,
    env,
    file: { path: FILE, entries, problems: [] },
    home: "/home/ann",
    cwd: "/work/here",
    randomSeed: 4711,
  };
}

const resolve = (given: Given) => resolveSettings(raw(given));

function refusal(given: Given): AutotuneError {
  try {
    resolve(given);
  } catch (error) {
    return error as AutotuneError;
  }
  throw new Error("nothing was refused");
}

const lines = (given: Given) => refusal(given).message.split("\n");

/** Per setting: where its value ends up, its default, and three different values for file, environment and flag. */
const input = (pick: (inputs: Inputs) => unknown) => (settings: Settings) => pick(settings.inputs);
type Row = [
  pick: (settings: Settings) => unknown,
  fallback: unknown,
  file: string,
  env: string,
  flag: string,
  flagValue: unknown,
];
const ROWS: Record<SettingName, Row> = {
  provider: [input((i) => i.provider), "auto", "simulated", "macprovider", "mlx-lm", "mlx-lm"],
  "provider-bin": [input((i) => i.providerBin), null, "/a", "/b", "~/c", "/home/ann/c"],
  "target-context": [input((i) => i.targetContext), 2000, "1000", "1001", "1002", 1002],
  "candidate-models": [input((i) => i.candidateModels), null, "a,b", "c", "z/1B,a/32B", ["z/1B", "a/32B"]],
  "max-model-size": [input((i) => i.maxModelSizeB), null, "9B", "8B", "7B", 7],
  "min-model-size": [input((i) => i.minModelSizeB), null, "3B", "2B", "500M", 0.5],
  "kv-bits-axis": [input((i) => i.axes.kv_bits), null, "4", "8", "unset,8", [null, 8]],
  "max-batch-axis": [input((i) => i.axes.max_batch), null, "1", "2", "1,4", [1, 4]],
  "max-context-axis": [input((i) => i.axes.max_context), null, "3000", "4000", "6000,5000", [5000, 6000]],
  "prefill-step-size-axis": [input((i) => i.axes.prefill_step_size), null, "1", "2", "512,64", [512, 64]],
  method: [input((i) => i.method), "race", "race", "race", "fixed", "fixed"],
  "stage1-replicates": [input((i) => i.stage1Replicates), 1, "2", "3", "4", 4],
  "stage2-replicates": [input((i) => i.stage2Replicates), 5, "2", "3", "4", 4],
  "tps-tie-epsilon": [input((i) => i.tpsTieEpsilon), 0.1, "0.2", "0.3", "0.02", 0.02],
  "batch-load": [input((i) => i.batchLoad), "concurrent", "concurrent", "concurrent", "single", "single"],
  "gate-ttft-ms": [input((i) => i.gateTtftMs), 60_000, "1", "2", "3", 3],
  "max-tokens": [input((i) => i.maxTokens), 128, "1", "2", "3", 3],
  "max-duration": [input((i) => i.maxDurationS), 7200, "1", "2", "3", 3],
  "ready-timeout": [input((i) => i.readyTimeoutS), 300, "1", "2", "3", 3],
  drain: [input((i) => i.drain), false, "no", "off", "true", true],
  "drain-grace": [input((i) => i.drainGraceS), 30, "1", "2", "0", 0],
  "restart-foreground": [input((i) => i.restartForeground), false, "no", "off", "true", true],
  apply: [input((i) => i.apply), false, "no", "off", "true", true],
  port: [input((i) => i.port), 18_080, "2001", "2002", "2003", 2003],
  "db-path": [input((i) => i.dbPath), DEFAULT_DATABASE, "/a", "/b", "./c.sqlite", "/work/here/c.sqlite"],
  "retain-runs": [input((i) => i.retainRuns), 50, "1", "2", "3", 3],
  resume: [(s) => s.resume, null, "on", "off", "run-0003", { run: "run-0003" }],
  offline: [input((i) => i.offline), false, "no", "off", "true", true],
  seed: [input((i) => i.seed), 4711, "1", "2", "4294967295", 4_294_967_295],
  "simulated-profile": [input((i) => i.simulatedProfile), null, "one", "two", "three", "three"],
  json: [input((i) => i.json), false, "no", "off", "true", true],
  "dry-run": [(s) => s.dryRun, false, "no", "off", "true", true],
  compare: [(s) => s.compare, false, "no", "off", "true", true],
  "report-only": [(s) => s.reportOnly, false, "no", "off", "true", true],
  verbose: [input((i) => i.verbose), false, "no", "off", "true", true],
};

describe("precedence is flag > environment > file > default", () => {
  test.each(SETTING_NAMES)("for %s", (name) => {
    const [pick, fallback, file, env, flag, flagValue] = ROWS[name];
    // --restart-foreground is legal with --drain only.
    const extra: RawFlags = name === "restart-foreground" ? { drain: true } : {};
    const fileOnly = { file: { [name]: file }, flags: extra };
    const envToo = { ...fileOnly, env: { [variableOf(name)]: env } };
    const flagToo = { ...envToo, flags: { ...extra, [name]: flag === "true" ? true : flag } };
    const steps = [{ flags: extra }, fileOnly, envToo, flagToo].map(resolve);

    expect(steps.map((step) => step.sources[name])).toEqual(["default", "file", "environment", "flag"]);
    const values = steps.map(pick);
    expect(values[0]).toEqual(fallback);
    expect(values[3]).toEqual(flagValue);
    // What each text means is the flag's own reading of it.
    expect(values[1]).toEqual(pick(resolve({ flags: { ...extra, [name]: file } })));
    expect(values[2]).toEqual(pick(resolve({ flags: { ...extra, [name]: env } })));
    if (!["yes", "no", "off"].includes(env) && file !== env) expect(values[1]).not.toEqual(values[2]);
    expect(values[3]).not.toEqual(values[2]);
  });

  test("a negated flag turns off what the file turned on, for every switch", () => {
    for (const name of SETTING_NAMES.filter(isNegatable)) {
      const settings = resolve({ file: { drain: "yes", [name]: "yes" }, flags: { [name]: false } });
      expect([settings.sources[name], ROWS[name][0](settings)]).toEqual(["flag", name === "resume" ? null : false]);
    }
  });

  test("an empty variable counts as not set", () => {
    const settings = resolve({ file: { port: "2001" }, env: { MLX_AUTOTUNE_PORT: "", MLX_AUTOTUNE_SEED: "  " } });
    expect([settings.inputs.port, settings.sources.port, settings.sources.seed]).toEqual([2001, "file", "default"]);
  });

  test("an empty context axis as a flag takes the file's axis away", () => {
    const settings = resolve({ file: { "max-context-axis": ["4000", "8000"] }, flags: { "max-context-axis": "" } });
    expect(settings.inputs.axes.max_context).toBeNull();
  });

  test("no config file at all is fine", () => {
    expect(resolveSettings({ ...raw({}), file: null }).inputs.port).toBe(18_080);
  });
});

describe("what is wrong is refused by name, with value, limit and remedy", () => {
  test("all at once, one line each, with where it came from", () => {
    const error = refusal({
      flags: { port: "70000", "kv-bits-axis": "unset,5" },
      env: { MLX_AUTOTUNE_SEED: "-1", MLX_AUTOTUNE_DRAIN: "maybe" },
      file: { "target-context": "1e3", "candidate-models": ["a", ""] },
    });
    expect(error).toMatchObject({ name: "AutotuneError", code: "config_error" });
    expect(error.remedy).toContain("run --help");
    expect(error.message.split("\n")).toEqual([
      '--port: "70000" is above 65535; give a whole number from 1024 to 65535',
      '--kv-bits-axis: value 2, "5", is not legal (unset, 4 or 8); give 1 to 16 different values, separated by commas: unset, 4 or 8',
      'MLX_AUTOTUNE_SEED: "-1" is not a whole number; give a whole number from 0 to 4294967295',
      'MLX_AUTOTUNE_DRAIN: "maybe" is neither on nor off; give 1, true, yes, on or 0, false, no, off',
      `target-context in ${FILE}, line 1: "1e3" is not a whole number; give a whole number of tokens from 128 to 1048576`,
      expect.stringContaining(
        `candidate-models in ${FILE}, line 2: model 2 of 2 is empty; give 1 to 64 different model ids`,
      ),
    ]);
  });

  test("also where a better source overrides it", () => {
    expect(lines({ flags: { port: "2000" }, env: { MLX_AUTOTUNE_PORT: "x" } })).toEqual([
      expect.stringMatching(/^MLX_AUTOTUNE_PORT: "x"/),
    ]);
  });

  test("problems of the config file come along", () => {
    const file: FileSettings = { path: FILE, entries: [], problems: ["the file is odd"] };
    expect(() => resolveSettings({ ...raw({ flags: { port: "1" } }), file })).toThrow(/--port.*\nthe file is odd$/);
  });

  test("an unknown variable and an unknown flag, with the nearest known one", () => {
    expect(lines({ env: { MLX_AUTOTUNE_MAXTOKENS: "1" }, flags: { prot: "1" } })).toEqual([
      "--prot: there is no such setting; did you mean --port?",
      "MLX_AUTOTUNE_MAXTOKENS: there is no such setting; did you mean MLX_AUTOTUNE_MAX_TOKENS?",
    ]);
  });

  test("reserved variables and those of other programs are left alone", () => {
    const env = { MLX_AUTOTUNE_DEEP_LINK: "raycast://x", MLX_AUTOTUNE_RUN_ID: "r", MLX_METAL: "1", PATH: "/bin" };
    expect(resolve({ env }).warnings).toEqual([]);
  });

  test("a flag given twice, a flag without its value, a list where one value belongs", () => {
    expect(lines({ flags: { port: ["2000", "2001"] } })).toEqual([
      '--port: given 2 times ("2000", "2001"); give it once',
    ]);
    expect(lines({ flags: { drain: [true, false] } })).toEqual(["--drain: given 2 times (on, off); give it once"]);
    expect(resolve({ flags: { verbose: [true, true] } }).inputs.verbose).toBe(true);
    expect(lines({ flags: { "db-path": "--drain" } })[0]).toMatch(
      /^--db-path: its value is missing \("--drain" follows\)/,
    );
    expect(lines({ file: { port: ["1", "2"] } })[0]).toContain("line 1: is a list, but takes one value; give a whole");
  });

  test("a refused setting has its default where a refused run must still be told of", () => {
    const settings = readSettings(
      raw({ flags: { json: true, "db-path": "/x/db", port: "1", "max-context-axis": "1000" } }),
    );
    expect(settings.problems).toHaveLength(2);
    expect(settings.inputs).toMatchObject({ json: true, dbPath: "/x/db", port: 18_080 });
    expect(readSettings(raw({ flags: { "db-path": "" } })).inputs.dbPath).toBe(DEFAULT_DATABASE);
  });
});

describe("settings that contradict each other", () => {
  test("a context cap below the target names both numbers and both places", () => {
    expect(lines({ flags: { "max-context-axis": "1000,4000" } })).toEqual([
      "--max-context-axis: 1000 is below the target context of 2000 (--target-context (default)); " +
        "give caps of 2000 or more, or a smaller --target-context",
    ]);
    expect(lines({ env: { MLX_AUTOTUNE_TARGET_CONTEXT: "5000" }, file: { "max-context-axis": "5000,4999" } })).toEqual([
      expect.stringMatching(/^max-context-axis in .*line 1: 4999 is below .* 5000 \(MLX_AUTOTUNE_TARGET_CONTEXT\)/),
    ]);
    expect(resolve({ flags: { "max-context-axis": "2000" } }).inputs.axes.max_context).toEqual([2000]);
  });

  test("a wrong target does not make its axis wrong as well", () => {
    expect(lines({ flags: { "target-context": "x", "max-context-axis": "1000" } })).toHaveLength(1);
  });

  test("a smallest size above the biggest", () => {
    expect(lines({ flags: { "min-model-size": "8B", "max-model-size": "3B" } })).toEqual([
      "--min-model-size: 8B is above the 3B of --max-model-size; give at most 3B",
    ]);
    expect(resolve({ flags: { "min-model-size": "8B", "max-model-size": "8B" } }).inputs.minModelSizeB).toBe(8);
  });

  test("--restart-foreground without --drain names both", () => {
    expect(lines({ flags: { "restart-foreground": true } })[0]).toMatch(/^--restart-foreground: .*--drain/);
    expect(resolve({ flags: { "restart-foreground": true }, file: { drain: "on" } }).inputs.restartForeground).toBe(
      true,
    );
  });

  test("one folder written in two ways", () => {
    expect(lines({ flags: { "candidate-models": "~/m,/home/ann/m" } })).toEqual([
      "--candidate-models: /home/ann/m is there twice; name it once",
    ]);
  });
});

describe("what is given for nothing is warned about", () => {
  test("an explicit list beats the size flags", () => {
    const settings = resolve({ flags: { "candidate-models": "a/1B,b/32B", "max-model-size": "8B" } });
    expect(settings.inputs.candidateModels).toEqual(["a/1B", "b/32B"]);
    expect(settings.warnings).toEqual(["--max-model-size is ignored: --candidate-models names the models"]);
  });

  test("settings that only one method or one provider reads", () => {
    expect(resolve({ env: { MLX_AUTOTUNE_TPS_TIE_EPSILON: "0" } }).warnings).toEqual([
      "MLX_AUTOTUNE_TPS_TIE_EPSILON is ignored: only --method fixed reads it",
    ]);
    expect(resolve({ flags: { provider: "mlx-lm", "simulated-profile": "demo" } }).warnings).toHaveLength(1);
    expect(
      resolve({ flags: { "simulated-profile": "demo", method: "fixed", "stage2-replicates": "3" } }).warnings,
    ).toEqual([]);
  });
});

test("paths become absolute; a bare program name is left to be searched", () => {
  const settings = resolve({
    flags: { "db-path": "x/y.sqlite", "provider-bin": "mlx_lm.server", "candidate-models": "./m,../n,~/o,/p,q/r" },
  });
  expect(settings.inputs).toMatchObject({
    dbPath: "/work/here/x/y.sqlite",
    providerBin: "mlx_lm.server",
    candidateModels: ["/work/here/m", "/work/here/../n", "/home/ann/o", "/p", "q/r"],
  });
});
