// Contract §15, Sweep, through the built program: endpoints are real processes, the simulated provider and a gateway before it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import Database from "better-sqlite3";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { SweepDocument } from "../../../worker/core/measure/sweep.ts";
import { unescaped, visibleText } from "../../support/html.ts";
import { freePort, PROGRAM, until, type Finished } from "../../support/worlds/program.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

const KEY = "sk-Test-9f8e7d6c5b4a3210";
const WRONG = "sk-Wrong-0123456789abcdef";
const MODEL = "t/Model-7B";
const home = mkdtempSync(join(tmpdir(), "autotune-sweep-"));
const children: ChildProcess[] = [];
let gateway = 0;
let flaky = 0;
let provider = 0;

const file = (name: string, text: string, mode = 0o600): string => {
  const path = join(home, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
};

/** Serve from a profile whose failures are these; speeds are the demo machine's, without noise. */
async function serve(name: string, failures: object[], ...more: string[]): Promise<number> {
  const port = await freePort();
  const profile = file(`${name}.json`, JSON.stringify({ base: "demo", noise_cv: 0, load_overhead_ms: 0, failures }));
  const args = [PROGRAM, "simulated-provider", "serve", "--model", MODEL, "--port", String(port), "--profile", profile];
  children.push(spawn(process.execPath, [...args, ...more], { stdio: "ignore" }));
  await until(`${name} to serve`, () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      (answer) => answer.ok,
      () => false,
    ),
  );
  return port;
}

async function startGateway(upstream: number, key: string, env: Record<string, string> = {}): Promise<number> {
  const script = resolve("tests/support/servers/gateway.ts");
  const flags = ["--experimental-strip-types", "--no-warnings", script, String(upstream), key, "/team"];
  const child = spawn(process.execPath, flags, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return Number(line.toString());
}

function start(args: string[], db = "db.sqlite"): { child: ChildProcess; finished: Promise<Finished> } {
  const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const child = spawn(process.execPath, [PROGRAM, "sweep", "--db-path", join(home, db), ...args], { env, cwd: home });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
  child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
  const finished = once(child, "close").then(([code, signal]) => {
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, stdout, stderr };
  });
  return { child, finished };
}

const sweep = (args: string[], db?: string) => start(args, db).finished;

async function document(args: string[], db?: string): Promise<Finished & { sweep: SweepDocument }> {
  const finished = await sweep([...args, "--json"], db);
  return { ...finished, sweep: JSON.parse(finished.stdout) as SweepDocument };
}

function rows(sweepId: string, db = "db.sqlite"): Record<string, unknown>[] {
  const open = new Database(join(home, db), { readonly: true });
  try {
    return open.prepare("SELECT * FROM sweep_runs WHERE sweep_id = ? ORDER BY id").all(sweepId) as Record<
      string,
      unknown
    >[];
  } finally {
    open.close();
  }
}

/** Whether a text is in what a sweep printed, or in any file whose path has `part` in it. */
function shows(text: string, { stdout, stderr }: Finished, part: string): boolean {
  const entries = readdirSync(home, { recursive: true, withFileTypes: true });
  const paths = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  const files = paths.filter((path) => path.includes(part)).map((path) => readFileSync(path, "latin1"));
  return [stdout, stderr, ...files].some((one) => one.includes(text));
}

beforeAll(async () => {
  const full = { kind: "http_error", min_prompt_tokens: 3000, status: 503, message: `cache full for ${KEY}` };
  const leak = { kind: "stop_token", min_prompt_tokens: 1500 };
  provider = await serve("good", [full, leak], "--max-batch", "4");
  [gateway, flaky] = await Promise.all([startGateway(provider, KEY), startGateway(provider, "", { FAIL_EVERY: "6" })]);
});

afterAll(async () => {
  const alive = children.filter((child) => child.exitCode === null && child.signalCode === null);
  const gone = alive.map((child) => once(child, "close"));
  for (const child of alive) child.kill("SIGKILL");
  await Promise.all(gone);
  removeFolder(home);
});

const url = (port: number, path = ""): string => `http://127.0.0.1:${port}${path}`;

test("a grid is measured, a leak is infeasible, and the first failed cell ends it", async () => {
  const args = [
    "--base-url",
    url(provider),
    "--contexts",
    "4000,500,2000",
    "--concurrency",
    "2,1",
    "--max-tokens",
    "48",
  ];
  const { code, sweep: found, stderr } = await document([...args, "--seed", "1"]);
  expect(code).toBe(0);
  expect(found.cells.map((cell) => [cell.context, cell.concurrency, cell.state])).toEqual([
    [500, 1, "feasible"],
    [500, 2, "feasible"],
    [2000, 1, "stop_token"],
    [2000, 2, "stop_token"],
    [4000, 1, "failed"],
  ]);
  expect(found.stopped).toMatch(/4000 tokens × 1 .*likely out of memory.*1 cell was not measured/);
  expect(found.cells[4]?.failures).toEqual([{ status: 503, message: expect.stringContaining("cache full") }]);
  expect(found).toMatchObject({ model: MODEL, simulated: true, exit_reason: "ok", contexts: [500, 2000, 4000] });
  for (const cell of found.cells.slice(0, 2)) expect(Math.abs((cell.prompt_tokens ?? 0) - 500)).toBeLessThanOrEqual(10);
  expect(stderr).toMatch(/\[1\/6\] 500 tokens × 1: .*ETA /);
  const stored = rows(found.sweep_id);
  expect(
    stored.map((row) => [
      row["context"],
      row["concurrency"],
      row["agg_throughput_tps"],
      row["ttft_p95_ms"],
      row["state"],
    ]),
  ).toEqual(found.cells.map((cell) => [cell.context, cell.concurrency, cell.tps, cell.ttft_p95_ms, cell.state]));
  const page = readFileSync(found.report_path ?? "", "utf8");
  const heat = page.split('data-figure="tps"')[1]?.split("</table>")[0] ?? "";
  const shown = [
    ...heat.matchAll(/data-context="(\d+)"\s+data-concurrency="(\d+)"\s+data-state="feasible"\s+data-value="([^"]+)"/g),
  ];
  expect(shown.map(([, context, count, tps]) => [Number(context), Number(count), Number(tps)])).toEqual(
    found.cells.filter((cell) => cell.feasible).map((cell) => [cell.context, cell.concurrency, cell.tps]),
  );
  expect(unescaped(page)).toContain("SIMULATED");
  expect(page).not.toMatch(/<script|src=|href=/i);
  expect(statSync(found.report_path ?? "").mode & 0o777).toBe(0o600);
});

test("a slow cell does not end the sweep; none feasible is exit 3", async () => {
  const args = ["--base-url", url(provider), "--contexts", "500,600", "--concurrency", "1", "--gate-ttft-ms", "1"];
  const { code, sweep: found } = await document(args);
  expect(code).toBe(3);
  expect(found.cells.map((cell) => cell.state)).toEqual(["slow", "slow"]);
  expect(found.cells[0]?.reason).toBe("p95 TTFT > 1 ms, gate 1 ms");
  expect([found.stopped, found.exit_reason]).toEqual([null, "no_feasible"]);
});

test("a control is measured around every cell", async () => {
  const args = ["--base-url", url(provider), "--contexts", "300", "--concurrency", "1,2", "--decode-control"];
  const { sweep: found } = await document(args);
  expect(found.control_tps).toHaveLength(3);
  expect(rows(found.sweep_id).map((row) => row["control_tps"])).toEqual(found.control_tps.slice(1));
  expect(found.control_drift).toBeCloseTo((found.control_tps[2] ?? 0) / (found.control_tps[0] ?? 1) - 1);
});

test("a gateway's key is taken from a file, sent, and found nowhere", async () => {
  const key = file("key.txt", `${KEY}\n`, 0o644);
  const args = [
    "--base-url",
    url(gateway, "/team/v1"),
    "--contexts",
    "300,4000",
    "--concurrency",
    "1",
    "--api-key-file",
    key,
  ];
  const running = start(args, "keyed/db.sqlite");
  const argv = existsSync("/proc") ? readFileSync(`/proc/${running.child.pid}/cmdline`, "latin1") : "";
  const finished = await running.finished;
  expect(finished.code).toBe(0);
  expect(finished.stderr).toContain("can be read by others");
  // The provider echoes the key in its failure.
  expect(finished.stdout).toContain("HTTP 503: cache full for ****");
  expect([argv.includes(KEY), shows(KEY, finished, "/keyed/")]).toEqual([false, false]);
  expect(shows("cache full for ****", finished, "/keyed/reports/")).toBe(true);
});

test("without the key, or with a wrong one, the gateway's refusal is told without it", async () => {
  const args = ["--base-url", url(gateway, "/team"), "--contexts", "300", "--concurrency", "1"];
  const none = await sweep(args);
  expect([none.code, none.stdout]).toEqual([2, ""]);
  expect(none.stderr).toMatch(/HTTP 401.*\n.*--api-key-file/);
  const wrong = await document(
    [...args, "--model", MODEL, "--api-key-file", file("wrong.txt", WRONG)],
    "wrong/db.sqlite",
  );
  expect(wrong.code).toBe(3);
  expect(wrong.sweep.cells).toMatchObject([{ state: "failed", failures: [{ status: 401 }] }]);
  expect(wrong.sweep.stopped).toContain("the endpoint refuses the key");
  expect(shows(WRONG.slice(-16), wrong, "/wrong/")).toBe(false);
});

test("a key in the command line is refused without being repeated", async () => {
  const typed = ["--api-key", "--api_key", "--apikey", "--key", "--token"].map((flag) =>
    sweep(["--base-url", url(gateway, "/team"), `${flag}=${KEY}`, "--json"], "typed/db.sqlite"),
  );
  for (const finished of await Promise.all(typed)) {
    expect(finished.code).toBe(2);
    expect(finished.stderr).toMatch(/^Error: --\w[\w-]*: there is no such flag\n.*--api-key-file <path>/);
    expect(shows(KEY, finished, "/typed/")).toBe(false);
  }
});

test("a rate of errors ends the sweep at the cell that sees the first, with what was measured kept", async () => {
  // The two warm-ups and the first cell's three requests pass, one of the second cell's four fails.
  const args = ["--base-url", url(flaky, "/team"), "--contexts", "300", "--concurrency", "1,4,8"];
  const { code, sweep: found } = await document(args);
  expect(code).toBe(0);
  expect(found.cells.map((cell) => [cell.concurrency, cell.state, cell.errors])).toEqual([
    [1, "feasible", 0],
    [4, "failed", 1],
  ]);
  expect(found.cells[1]?.failures).toEqual([
    { status: 500, message: "upstream lost, authorization was none (gateway)" },
  ]);
  expect(rows(found.sweep_id)).toHaveLength(2);
});

test("bad input is refused by name", async () => {
  const nowhere = ["--base-url", "http://127.0.0.1:1"];
  const cases: [string[], RegExp][] = [
    [["--contexts", "500"], /--base-url: it is required/],
    [["--base-url", "http://me:hunter2@127.0.0.1"], /--base-url: it carries credentials/],
    [["--base-url", "ftp://h", "--contexts", "1,2", "--concurrency", "999"], /ftp[^]*64 to 1048576[^]*1 to 256/],
    [[...nowhere, "--gate-ttft-ms", "0"], /--gate-ttft-ms.*from 1 to 3600000/],
    [[...nowhere, "--api-key-file", "missing.txt"], /--api-key-file: cannot read a key from missing.txt/],
    [nowhere, /cannot list its models: .*ECONNREFUSED/],
  ];
  const refused = await Promise.all(cases.map(([args]) => sweep(args)));
  refused.forEach(({ code, stdout, stderr }, index) => {
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(cases[index]?.[1] ?? /never/);
    expect(stderr).not.toContain("hunter2");
  });
});

test("a dry run sends nothing and keeps nothing", async () => {
  const { code, stdout } = await sweep(["--base-url", "http://127.0.0.1:1", "--dry-run"], "dry.sqlite");
  expect(code).toBe(0);
  expect(stdout).toMatch(/12 cells, 44 requests/);
  const db = new Database(join(home, "dry.sqlite"), { readonly: true });
  expect(db.prepare("SELECT count(*) FROM sweep_runs").pluck().get()).toBe(0);
  db.close();
});

test("a signal keeps the cells so far and says so", async () => {
  const slow = [
    "--base-url",
    url(provider),
    "--contexts",
    "300,310",
    "--concurrency",
    "1",
    "--max-tokens",
    "2000",
    "--json",
  ];
  const stop = async (signal: "SIGINT" | "SIGTERM") => {
    const running = start(slow, `${signal}.sqlite`);
    let stderr = "";
    running.child.stderr?.on("data", (part: Buffer) => (stderr += part.toString()));
    await until("the first cell", () => stderr.includes("[1/2]"));
    running.child.kill(signal);
    return running.finished;
  };
  const [int, term] = await Promise.all([stop("SIGINT"), stop("SIGTERM")]);
  expect([int.code, term.code]).toEqual([130, 143]);
  const found = JSON.parse(int.stdout) as SweepDocument;
  expect([found.exit_reason, found.cells.length]).toEqual(["interrupted", 1]);
  expect(rows(found.sweep_id, "SIGINT.sqlite")).toHaveLength(1);
  expect(visibleText(readFileSync(found.report_path ?? "", "utf8"))).toContain("stopped by SIGINT");
});
