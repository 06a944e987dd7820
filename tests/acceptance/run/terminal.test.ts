// What a user sees while a run goes on: a live bar on a terminal, plain lines elsewhere, and a clean screen afterwards, whatever
// ended it. Contract §3 (progress to stderr, drawn only on a terminal) and §16 case 10 (a closed terminal).
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { activeRow, atPhase, filesEnding } from "../../support/worlds/active-run.ts";
import { PROGRAM, until, type World } from "../../support/worlds/program.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

const ON_TERMINAL = join(import.meta.dirname, "../../support/on-terminal.py");
const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
const CONTROL = new RegExp(`[${"\u001b"}\\r\\b]`);

interface Screen {
  pty: ChildProcess;
  drawn(): string;
  code: Promise<number | null>;
}

function onTerminal(world: World, args: string[], columns = 100): Screen {
  const env = { ...world.env, TERM: "xterm" };
  const pty = spawn("python3", [ON_TERMINAL, String(columns), process.execPath, PROGRAM, ...args], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let drawn = "";
  pty.stdout?.setEncoding("utf8").on("data", (part: string) => (drawn += part));
  const code = new Promise<number | null>((done) => pty.once("close", done));
  return { pty, drawn: () => drawn, code };
}

const ESCAPE = "\u001b";
const SEQUENCES = new RegExp(`${ESCAPE}(\\[[?0-9;]*[A-Za-z]|[78])`, "g");

/** Every state of the live line, as drawn. */
const bars = (drawn: string) =>
  drawn
    .split(new RegExp(`${ESCAPE}\\[1G|[\\r\\n]`))
    .filter((line) => /[█░]/.test(line))
    .map((line) => line.replace(SEQUENCES, ""));

const seeBar = (screen: Screen, bar: RegExp) =>
  until(`the bar ${bar.source}`, () => bars(screen.drawn()).some((line) => bar.test(line)));
const clean = (drawn: string) => expect(drawn.lastIndexOf(SHOW)).toBeGreaterThan(drawn.lastIndexOf(HIDE));
const args = (world: World) => [...world.tuneArgs(shortTune({ "kv-bits-axis": "unset,4" })), "--offline"];
const HAS_PYTHON = spawnSync("python3", ["--version"]).status === 0;

(HAS_PYTHON ? describe : describe.skip)("on a terminal", () => {
  test.concurrent("a bar with phase and ETA is drawn, never wider than the terminal, and gone at the end", () =>
    inWorld(async (world) => {
      const [seen, seenToo] = [join(world.home, "seen"), join(world.home, "seen-too")];
      const second = { when: { kv_bits: 4 }, loadUntilFile: seenToo };
      plantModels(world, { [MODEL]: { loadUntilFile: seen, knobs: [second] } });
      const screen = onTerminal(world, args(world), 60);
      await seeBar(screen, /^░{14} Stage 1 · ETA .* · loading · Model-7B/);
      writeFileSync(seen, "");
      await seeBar(screen, /^[█░]{14} \d+ % · ETA .* · loading · kv 4 · ba/);
      writeFileSync(seenToo, "");
      expect(await screen.code).toBe(0);
      const drawn = bars(screen.drawn());
      expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(60);
      expect(drawn.filter((line) => / (9[5-9]|100) %/.test(line))).toEqual([]);
      clean(screen.drawn());
      expect(screen.drawn()).toMatch(/RECOMMENDATION\r\n/);
    }),
  );

  test.concurrent("Ctrl-C: the cursor is back, the result is there, nothing is left", () =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: { hangLoad: true } });
      const screen = onTerminal(world, args(world), 0);
      await atPhase(world, "loading");
      await until("the bar", () => bars(screen.drawn()).length > 0);
      screen.pty.stdin?.write("\u0003");
      expect(await screen.code).toBe(130);
      clean(screen.drawn());
      const end = screen.drawn().slice(screen.drawn().lastIndexOf(SHOW));
      expect(end).toMatch(/NO RECOMMENDATION \(interrupted\)/);
      expect(end).not.toMatch(/[█░]/);
      expect(world.orphans()).toEqual([]);
    }),
  );

  test.concurrent("a closed window ends the run properly", () =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: { answer: "silence" } });
      const screen = onTerminal(world, args(world));
      await atPhase(world, "warm-up");
      screen.pty.stdin?.end();
      expect(await screen.code).toBe(129);
      expect(world.rows("SELECT exit_reason, exit_detail FROM tune_runs")).toEqual([
        { exit_reason: "interrupted", exit_detail: "stopped by SIGHUP" },
      ]);
      expect(activeRow(world)).toBeNull();
      expect(world.orphans()).toEqual([]);
      expect(filesEnding(world, "candidate.yaml")).toEqual([]);
    }),
  );

  test.concurrent("status --watch draws one line over and over, and Ctrl-C ends only the watching", () =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: { hangLoad: true } });
      const run = world.start(args(world));
      await atPhase(world, "loading");
      const screen = onTerminal(world, ["status", "--watch"], 50);
      await until("some updates", () => screen.drawn().split("\u001b[2K").length > 3);
      expect(screen.drawn()).not.toContain("\n");
      screen.pty.stdin?.write("\u0003");
      expect(await screen.code).toBe(130);
      expect(activeRow(world)).not.toBeNull();
      expect((await world.run(["cancel"])).code).toBe(0);
      expect((await run.finished).code).toBe(143);
    }),
  );
});

describe("without a terminal", () => {
  test.concurrent("nothing is drawn: lines only, without control characters", () =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: { loadMs: 300 } });
      const { code, stdout, stderr } = await world.run(args(world));
      expect(code).toBe(0);
      expect(stdout + stderr).not.toMatch(CONTROL);
      expect(stdout).toMatch(/^\n?RECOMMENDATION\n/);
      expect(stderr).toMatch(/✓ t\/Model-7B serves 256 tokens/);
    }),
  );

  test.concurrent.each(["stdout", "stderr"] as const)("a closed %s does not stop a run", (stream) =>
    inWorld(async (world) => {
      plantModels(world, { [MODEL]: {} });
      const run = world.start(args(world));
      run.process[stream]?.destroy();
      expect((await run.finished).code).toBe(0);
      expect(world.rows("SELECT exit_reason FROM tune_runs")).toEqual([{ exit_reason: "ok" }]);
    }),
  );
});
