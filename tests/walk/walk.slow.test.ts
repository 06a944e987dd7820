// What another server, knob and search method cost, walked: a server that exists only in tests/support, a knob that only it has and a
// method go through every command and the form. Source: contract §3, §4, §5, §12; CONTRIBUTING.md's recipes.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { DoctorReport } from "../../worker/core/result/check.ts";
import type * as TuneForm from "../../src/lib/tune/tune-form.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";
import {
  buildWalked,
  buildWalkedWorker,
  type Edit,
  KNOB_EDITS,
  METHOD_EDITS,
  SERVER_EDITS,
} from "../support/walk/walk-build.ts";
import type * as ShortTune from "../support/worlds/short-tune.ts";
import type { DrainWorld } from "../support/worlds/drain-world.ts";

const LABEL = "org.example.pond";

let folder = "";
let world: DrainWorld;
let short: typeof ShortTune;

beforeAll(async () => {
  folder = await buildWalkedWorker();
  process.env["PROGRAM_UNDER_TEST"] = join(folder, "cli.cjs");
  // What is imported from here on runs this build.
  const { createDrainWorld } = await import("../support/worlds/drain-world.ts");
  short = await import("../support/worlds/short-tune.ts");
  world = await createDrainWorld(null);
  world.mac.program("pond", "fake-pond.mjs");
});

afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

const ok = async (...args: string[]) => {
  const { code, stdout, stderr } = await world.run(args);
  expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
  return stdout;
};
const tune = (changes: Record<string, string | true | null> = {}) =>
  short.shortTune({ provider: "pond", port: String(world.port), "kv-bits-axis": null, offline: true, ...changes });
const load = () =>
  world.mac.load({
    label: LABEL,
    argv: [join(world.mac.home, "bin", "pond"), "serve", "--model", "t/Live-1B", "--port", String(world.livePort)],
    keepAlive: true,
    extra: { ExitTimeOut: 2 },
  });
const untilLive = async () => {
  const { eventually } = await import("../support/worlds/live-world.ts");
  await eventually("the live pond answers", () => world.isLive());
};

test("ARCHITECTURE.md says what these edits cost", () => {
  const text = readFileSync("ARCHITECTURE.md", "utf8").replaceAll(/ +/g, " ");
  const linesOf = (edits: Edit[], file: string) => {
    expect([...new Set(edits.map((edit) => edit.file))]).toEqual([file]);
    return edits.length;
  };
  expect(text).toContain(`| server | 1 file, ${linesOf(SERVER_EDITS, "worker/providers/index.ts")} lines |`);
  expect(text).toContain(`| knob | ${linesOf(KNOB_EDITS, "worker/core/knobs.ts")} row |`);
  expect(text).toContain(`| search method | 1 file, ${linesOf(METHOD_EDITS, "worker/core/search/methods.ts")} lines |`);
});

describe("one after the other", () => {
  test("help and doctor know it", async () => {
    const help = await ok("run", "--help");
    expect(help).toContain("auto|macprovider|mlx-lm|pond|simulated");
    expect(help).toMatch(/--ripple-window-axis <csv>\s+how far a ripple is followed; pond only/);
    const { stdout } = await world.run(["doctor", "--provider", "pond", "--json"]);
    const { checks } = JSON.parse(stdout) as DoctorReport;
    const about = checks.filter(({ id }) => id === "provider" || (id as string) === "pond");
    expect(about).toMatchObject([
      { id: "provider", state: "ok", text: "pond, 0.3.1" },
      { id: "pond", title: "pond", state: "ok", text: expect.stringContaining("0.3.1 at ") },
    ]);
  });

  test("plan names its cells, and refuses a value that the knob cannot have", async () => {
    const text = await ok("plan", ...tune());
    expect(text).toContain("batch 1 · window 64");
    const { code, stderr } = await world.run(["plan", ...tune({ "ripple-window-axis": "7" })]);
    expect(code).toBe(2);
    expect(stderr).toContain('--ripple-window-axis: value 1, "7", is not legal (unset, 32 or 64)');
    const other = await world.run(["plan", ...tune({ "ripple-window-axis": "64", provider: "simulated" })]);
    expect(other.stderr).toMatch(/--ripple-window-axis: simulated .* has no such knob; it has --kv-bits-axis/);
  });

  test("a run measures it, and its recipe has the knob", async () => {
    const result = JSON.parse(await ok("run", "--json", ...tune())) as {
      inputs: { provider: string };
      recommendation: { knobs: object; serve_command: string };
      recipe_hash: string;
    };
    expect(result.inputs.provider).toBe("pond");
    expect(result.recommendation.knobs).toMatchObject({ max_concurrency_override: 1, ripple_window: 64 });
    expect(result.recommendation.serve_command).toBe(`pond serve --model ${short.MODEL} --streams 1 --window 64`);
    const cells = world.rows<{ knobs_json: string }>("SELECT DISTINCT knobs_json FROM tune_trials WHERE stage = 2");
    expect(cells.map(({ knobs_json: text }) => (JSON.parse(text) as { ripple_window?: number }).ripple_window)).toEqual(
      expect.arrayContaining([64, undefined]),
    );
    const started = world.provider.noted("start").map(({ argv }) => (argv as string[]).join(" "));
    expect(started.some((words) => words.endsWith("--streams 1 --window 64"))).toBe(true);
  });

  test("report and compare name the knob", async () => {
    const page = join(world.home, "report.html");
    await ok("report", "--out", page);
    expect(readFileSync(page, "utf8")).toContain("window 64");
    await ok("run", "--json", ...tune({ "ripple-window-axis": "32" }));
    const runs = world.rows<{ id: string }>(
      "SELECT run_id AS id FROM tune_runs WHERE method = 'fixed' ORDER BY started_at_utc",
    );
    expect(await ok("compare", ...runs.map(({ id }) => id))).toMatch(/window 64, now .*window 32/);
  });

  test("a method more is offered, runs, and is named", async () => {
    expect(await ok("run", "--help")).toContain("--method <race|once|fixed>");
    const changes = { method: "once", "ripple-window-axis": "32" };
    const { stderr } = await world.run(["plan", ...tune({ ...changes, "tps-tie-epsilon": "0.2" })]);
    expect(stderr).toContain("--tps-tie-epsilon is ignored: only --method fixed reads it");
    expect(await ok("plan", ...tune(changes))).toContain("by method once");
    const { inputs } = JSON.parse(await ok("run", "--json", ...tune(changes))) as { inputs: { method: string } };
    expect(inputs.method).toBe("once");
    const stage2 = world.rows<{ n: number }>(
      "SELECT replicates_n AS n FROM tune_trials JOIN tune_runs USING (run_id) WHERE stage = 2 AND method = 'once'",
    );
    expect(stage2).toEqual([{ n: 1 }]);
  });

  test("a live one is refused, drained and brought back", async () => {
    await load();
    await untilLive();
    const refused = await world.run(["run", "--json", ...tune()]);
    expect(refused.code).toBe(4);
    expect((JSON.parse(refused.stdout) as { detail: string }).detail).toContain(`launchd-managed ${LABEL} (pond, PID`);
    await ok("run", "--json", ...tune({ drain: true }));
    await untilLive();
    expect(world.journal().map(({ name, state }) => [name, state])).toEqual([[`launchd-managed ${LABEL}`, "restored"]]);
    await world.mac.launchctl(["bootout", `${world.mac.domain}/${LABEL}`]);
  });

  test("its recipe is applied to a config of its own, served from it, and taken back", async () => {
    const config = join(world.home, ".config/mlx-autotune/serve-pond.yaml");
    await ok("apply", "--yes");
    expect(readFileSync(config, "utf8")).toBe(
      `model: ${short.MODEL}\nmax_concurrency_override: 1\nripple_window: 64\n`,
    );
    const { eventually, answersOn } = await import("../support/worlds/live-world.ts");
    const served = world.start(["serve", "--", "--port", String(world.livePort)]);
    await eventually("what is served answers", () => answersOn(world.livePort));
    expect(served.stderr()).toContain(`serve --model ${short.MODEL} --streams 1 --window 64 --port ${world.livePort}`);
    served.process.kill("SIGTERM");
    await served.finished;
    await ok("revert", "--yes");
    expect(existsSync(config)).toBe(false);
  });

  test("the form has the server and its field", async () => {
    const path = await buildWalked("src/lib/tune/tune-form.ts", folder);
    const form = (await import(pathToFileURL(path).href)) as typeof TuneForm;
    const values = form.tuneValuesSchema.parse({ provider: "pond" });
    const field = "rippleWindowAxis" as "kvBitsAxis";
    expect(values.provider).toBe("pond");
    expect([form.TITLES[field], form.SETTING_OF[field]]).toEqual(["Ripple Window", "ripple-window-axis"]);
    expect(form.tuneValuesSchema.parse({ method: "once" }).method).toBe("once");
    expect(form.isUsed(field, values)).toBe(true);
    expect(form.isUsed(field, { ...values, provider: "mlx-lm" })).toBe(false);
  });
});
