// Contract §3, exit code 2, and §11: bad settings and unusable databases are refused with the input, the limit and the remedy;
// nothing is started, and nothing is damaged.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { resultSchema } from "../../../worker/core/result/recipe.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";
import { inWorld, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

let world: World;
beforeAll(async () => (world = await createWorld()));
afterAll(() => world.close());

/** Exit 2 with this text on stderr, a document that says the same, and nothing started. */
async function expectRefused(where: World, args: string[], text: RegExp, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await where.run(["run", "--json", ...args], env);
  expect(stderr).toMatch(text);
  expect(stderr).toMatch(/^(Error: |\nNO RECOMMENDATION \(config_error\)\n)/);
  expect(stderr).not.toMatch(/\n +at |Internal error/);
  expect(code).toBe(2);
  const result = resultSchema.parse(JSON.parse(stdout));
  expect(result).toMatchObject({ exit_reason: "config_error", recommendation: null, recipe_hash: null });
  for (const line of result.detail?.split("\n") ?? ["no detail"]) expect(stderr).toContain(line.trim());
  expect(where.provider.noted()).toEqual([]);
  return result;
}

describe("settings", () => {
  test.concurrent.each<[string, string[], RegExp]>([
    ["no number", ["--port", "abc"], /--port: "abc" is not a whole number; give a whole number from 1024 to 65535/],
    ["too small", ["--max-tokens", "0"], /--max-tokens: "0" is below 1; give a whole number of tokens from 1 to 32768/],
    ["too big", ["--ready-timeout", "1e9"], /--ready-timeout: "1e9" is not a whole number/],
    ["a negative number", ["--max-duration=-5"], /--max-duration: "-5"/],
    ["no such choice", ["--method", "guess"], /--method: "guess".*race.*fixed/],
    [
      "an illegal axis value",
      ["--kv-bits-axis", "unset,5"],
      /--kv-bits-axis: value 2, "5", is not legal \(unset, 4 or 8\)/,
    ],
    ["an axis value twice", ["--max-batch-axis", "2,2"], /--max-batch-axis: value 2, "2", is there twice/],
    ["an empty axis", ["--kv-bits-axis", ""], /--kv-bits-axis: the axis is empty; give 1 to 16 different values/],
    [
      "a candidate twice",
      ["--candidate-models", "a/b,a/b"],
      /--candidate-models: model 2, "a\/b", is there twice; give 1 to 64 different/,
    ],
    ["no such flag", ["--max-token", "5"], /--max-token: there is no such flag\nDid you mean --max-tokens\?/],
    ["a flag twice", ["--port", "2000", "--port", "3000"], /--port: given 2 times \("2000", "3000"\); give it once/],
    ["a missing value", ["--db-path"], /--db-path/],
    ["a stray word", ["fast"], /"fast": there is no place for this argument/],
    [
      "contradicting sizes",
      ["--min-model-size", "8B", "--max-model-size", "3B"],
      /--min-model-size: 8B is above the 3B/,
    ],
    [
      "useless alone",
      ["--restart-foreground"],
      /--restart-foreground: nothing is drained without --drain; add --drain/,
    ],
  ])("%s", async (_, args, text) => void (await expectRefused(world, args, text)));

  test.concurrent("all that is wrong is said at once", async () => {
    const text = /^Error: --port: .*\n {2}--max-tokens: .*\nSee `mlx-autotune run --help`/;
    await expectRefused(world, ["--port", "1", "--max-tokens", "x"], text);
  });

  test.concurrent("the environment", async () => {
    await expectRefused(world, [], /MLX_AUTOTUNE_SEED: "x" is not a whole number/, { MLX_AUTOTUNE_SEED: "x" });
    const unknown = /MLX_AUTOTUNE_PROT: there is no such setting; did you mean MLX_AUTOTUNE_PORT\?/;
    await expectRefused(world, [], unknown, { MLX_AUTOTUNE_PROT: "2000" });
  });

  test.concurrent.each<[string, string, RegExp]>([
    ["an illegal value", "port: 80\n", /port in .*config\.yaml, line 1: "80" is below 1024/],
    [
      "an unknown key",
      "# mine\nporto: 80\n",
      /porto in .*config\.yaml, line 2: there is no such setting; did you mean port\?/,
    ],
    ["YAML that does not parse", "port: [1\n", /config\.yaml, line \d+: .*; mend the YAML/],
    ["no mapping", "- 1\n", /config\.yaml, line 1: must be a mapping/],
  ])("the config file: %s", (_, content, text) =>
    inWorld(async (own) => {
      mkdirSync(join(own.home, ".config/mlx-autotune"), { recursive: true });
      const path = join(own.home, ".config/mlx-autotune/config.yaml");
      writeFileSync(path, content);
      await expectRefused(own, [], text);
      expect(readFileSync(path, "utf8")).toBe(content);
    }),
  );

  test.concurrent("a program that is not there, or is none, is named with what was tried", async () => {
    const named = ["--provider", "macprovider", "--provider-bin"];
    await expectRefused(
      world,
      [...named, "/nowhere/macprovider-cli"],
      /no program was found[^]*\/nowhere\/macprovider-cli: not there/,
    );
    await expectRefused(world, [...named, world.home], /no program was found[^]*: not a file[^]*--provider-bin/);
  });

  test.concurrent("a search that finds nothing says where it looked, in few lines", () =>
    inWorld(async (own) => {
      const result = await expectRefused(own, ["--provider", "macprovider"], /no program was found\. Tried:\n/, {
        PATH: "/nowhere:/nowhere/else",
      });
      expect(result.detail?.split("\n")).toEqual([
        "--provider macprovider: no program was found. Tried:",
        expect.stringMatching(
          /^ {2}macprovider-cli, malibu-cli: not in \/nowhere, \/nowhere\/else, \/.*\/\.local\/bin/,
        ),
        "Install it, name it with --provider-bin, or try --provider simulated.",
      ]);
    }),
  );

  test.concurrent("a knob that this version lacks is refused with the version; by default it is left out", () =>
    inWorld(async (own) => {
      plantModels(
        own,
        { "t/Model-7B": {} },
        { version: "macprovider-cli 0.9.2", flags: ["--model", "--port", "--max-batch"] },
      );
      const text =
        /--kv-bits-axis: macprovider 0\.9\.2 has no such knob; it has --max-batch-axis[^]*Leave --kv-bits-axis out/;
      const args = own.tuneArgs(["--offline", ...shortTune()]).slice(1);
      await expectRefused(own, args, text);
    }),
  );

  test.concurrent("a refused run leaves a row saying so", () =>
    inWorld(async (own) => {
      const result = await expectRefused(own, ["--port", "1"], /--port: "1" is below 1024/);
      const [row] = own.rows("SELECT * FROM tune_runs");
      expect(row).toMatchObject({ run_id: result.run_id, exit_reason: "config_error", recipe_hash: null, applied: 0 });
      expect(row).toMatchObject({ started_at_utc: result.started_at, exit_detail: expect.stringContaining("--port") });
      expect(own.rows("SELECT * FROM tune_active")).toEqual([]);
      const shown = await own.run(["runs"]);
      expect(shown.stdout).toContain("config_error");
    }),
  );
});

describe("the database", () => {
  const file = (name: string) => join(world.home, name);
  const refused = async (path: string, text: RegExp) => {
    const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : null;
    await expectRefused(world, ["--db-path", path], text);
    const status = await world.run(["status", "--json", "--db-path", path]);
    expect(status.code).toBe(2);
    expect(JSON.parse(status.stdout)).toMatchObject({ exit_code: 2, error: { code: "config_error" } });
    if (before !== null) expect(readFileSync(path).equals(before)).toBe(true);
  };

  test.concurrent("a file that is no database", async () => {
    writeFileSync(file("notes.txt"), "my notes, and I still need them\n".repeat(100));
    await refused(file("notes.txt"), /cannot open the database .*notes\.txt: it is not a SQLite database\nName a file/);
  });

  test.concurrent("a folder", async () => {
    mkdirSync(file("folder"));
    await refused(file("folder"), /cannot open the database .*folder: it is a folder\nName a file that you can write/);
  });

  test.concurrent("a folder that cannot be made", async () => {
    writeFileSync(file("plain"), "x");
    await refused(
      file("plain/db.sqlite"),
      /cannot open the database .*plain\/db\.sqlite: its folder cannot be created/,
    );
  });

  (process.getuid?.() === 0 ? test.skip : test.concurrent)("a folder that cannot be written", async () => {
    mkdirSync(file("readonly"), { mode: 0o555 });
    await refused(file("readonly/db.sqlite"), /cannot open the database .*: it cannot be written/);
  });

  test.concurrent("a newer schema is left as it is", async () => {
    const db = new Database(file("newer.sqlite"));
    db.exec("CREATE TABLE tune_runs (run_id TEXT PRIMARY KEY, warp_factor REAL); PRAGMA user_version = 999;");
    db.close();
    const text =
      /it has schema 999, and this program knows schemas up to \d+: a newer version wrote it\nUpdate mlx-autotune/;
    await refused(file("newer.sqlite"), text);
  });

  test.concurrent("a damaged file", async () => {
    const db = new Database(file("damaged.sqlite"));
    db.exec("CREATE TABLE tune_runs (run_id TEXT PRIMARY KEY); INSERT INTO tune_runs VALUES ('a');");
    db.close();
    const bytes = readFileSync(file("damaged.sqlite"));
    writeFileSync(file("damaged.sqlite"), bytes.fill(0xff, 100, 4096));
    await refused(file("damaged.sqlite"), /cannot open the database .*: it is damaged\nMove the file away/);
  });
});

describe("the command line", () => {
  test.concurrent.each<[string, string[]]>([
    ["no arguments", []],
    ["--help", ["--help"]],
    ["help", ["help"]],
  ])("%s shows the commands", async (_, args) => {
    const { code, stdout, stderr } = await world.run(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: mlx-autotune/);
    for (const command of ["run", "plan", "status", "cancel", "runs", "show"])
      expect(stdout).toContain(`\n  ${command} `);
    expect(stderr).toBe("");
  });

  test.concurrent("run --help tells every setting with default and limits", async () => {
    const { code, stdout } = await world.run(["run", "--help"]);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "--max-tokens <N> generated tokens per request; a whole number of tokens from 1 to 32768 (default: 128)",
    );
  });

  test.concurrent("an unknown command, with the nearest one", async () => {
    const { code, stdout, stderr } = await world.run(["stauts"]);
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      'Error: "stauts": there is no such command\nDid you mean `status`?\n',
    ]);
  });

  test.concurrent("a run that is not there", async () => {
    const { code, stdout, stderr } = await world.run(["show", "abc", "--json"]);
    expect(code).toBe(1);
    expect(stderr).toBe('Error: there is no run "abc"\nList the runs with `mlx-autotune runs`.\n');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not_found" } });
  });
});
