// One question to the worker from Raycast: answers, refusals, garbage, waiting in vain. The worker is a stand-in in a real process.
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import * as z from "zod";
import { callWorkerAt } from "../../src/lib/worker/worker-call.ts";
import { eventually } from "../support/worlds/live-world.ts";
import { createPlace, processesWith, type TestPlace } from "../support/worlds/worker-place.ts";

/** Answers with what it was given; the rest by its first argument. */
const STAND_IN = `
const fs = require("node:fs");
const [command, ...args] = process.argv.slice(2);
const { PATH, HOME, NODE_OPTIONS, EXTRA } = process.env;
const echo = { command, args, cwd: process.cwd(), PATH, HOME, NODE_OPTIONS, EXTRA };
const acts = {
  garbage: () => process.stdout.write("not json"),
  refuse: () => { console.log(JSON.stringify({ error: { code: "busy", message: "run 1 is active", remedy: "Wait.", remedies: [{ kind: "command", command: "mlx-autotune cancel" }] }, exit_code: 75 })); console.error("Error: run 1 is active"); process.exitCode = 75; },
  elsewhere: () => { console.log(JSON.stringify({ error: { code: "config_error", message: "no", remedy: "Use --db-path.", remedies: [{ kind: "setting", setting: "db-path" }] }, exit_code: 2 })); process.exitCode = 2; },
  crash: () => { console.error("Error: out of order"); process.exitCode = 70; },
  silent: () => { process.exitCode = 3; },
  warn: () => { console.log(JSON.stringify(echo)); process.exitCode = 1; },
  slow: () => setTimeout(() => { fs.writeFileSync(args[0], "done"); console.log("{}"); }, 1500),
  killed: () => process.kill(process.pid, "SIGKILL"),
  modes: () => console.log(JSON.stringify({ out: fs.fstatSync(1).mode & 0o777, err: fs.fstatSync(2).mode & 0o777 })),
};
(acts[command] ?? (() => console.log(JSON.stringify(echo))))();
`;

const echoSchema = z.object({
  command: z.string(),
  args: z.array(z.string()),
  cwd: z.string(),
  PATH: z.string(),
  HOME: z.string(),
  NODE_OPTIONS: z.string().optional(),
  EXTRA: z.string().optional(),
});
const anything = z.unknown();

let place: TestPlace;
beforeEach(() => {
  place = createPlace(STAND_IN);
});
afterEach(async () => {
  await eventually("the end of all workers", () => processesWith(place.mark).length === 0);
  place.close();
});

const calls = () => readdirSync(join(place.supportPath, "calls"));

test("the answer is parsed, the files of the call are gone, and the worker was given what it needs", async () => {
  const env = { ...place.env, PATH: "/usr/bin:/bin", NODE_OPTIONS: "--no-warnings" };
  const hard = `a "b" $(touch ${place.homeDir}/no) '`;
  const answer = await callWorkerAt({ ...place, env }, ["show", hard], echoSchema, { env: { EXTRA: "1" } });
  expect(answer).toMatchObject({ command: "show", args: [hard, "--db-path", place.dbPath, "--json"], EXTRA: "1" });
  expect([answer.HOME, answer.cwd, answer.NODE_OPTIONS]).toEqual([place.homeDir, place.homeDir, undefined]);
  expect(answer.PATH.split(":")).toEqual(
    expect.arrayContaining(["/opt/homebrew/bin", "/usr/local/bin", "/usr/sbin", join(place.homeDir, ".local/bin")]),
  );
  expect(answer.PATH.startsWith("/usr/bin:/bin:")).toBe(true);
  expect(existsSync(join(place.homeDir, "no"))).toBe(false);
  expect(calls()).toEqual([]);
});

test("the program of the preferences goes to the commands that have a flag for it, unless they name one", async () => {
  const chosen = { ...place, providerBinary: "/x/mlx_lm.server" };
  const args = async (...given: string[]) => (await callWorkerAt(chosen, given, echoSchema)).args;
  const rest = ["--db-path", place.dbPath, "--json"];
  expect(await args("plan", "--port", "1")).toEqual(["--port", "1", "--provider-bin", "/x/mlx_lm.server", ...rest]);
  expect(await args("plan", "--provider-bin", "/y")).toEqual(["--provider-bin", "/y", ...rest]);
  expect(await args("cancel")).toEqual(rest);
});

test("an exit code of its own is an answer only where the caller knows it", async () => {
  expect(await callWorkerAt(place, ["warn"], echoSchema, { okCodes: [0, 1] })).toMatchObject({ command: "warn" });
  await expect(callWorkerAt(place, ["warn"], echoSchema)).rejects.toMatchObject({ name: "WorkerError", code: 1 });
});

test("a refusal carries message, remedy, code and log; without a document its text; without text its code", async () => {
  await expect(callWorkerAt(place, ["refuse"], anything)).rejects.toMatchObject({
    message: "run 1 is active",
    remedy: "Wait.",
    remedies: [{ kind: "command", command: "mlx-autotune cancel" }],
    code: 75,
    log: "Error: run 1 is active\n",
  });
  await expect(callWorkerAt(place, ["elsewhere"], anything)).rejects.toMatchObject({
    remedy: "Change Database in the extension's preferences.",
    preferences: true,
  });
  await expect(callWorkerAt(place, ["crash"], anything)).rejects.toMatchObject({
    message: "Error: out of order",
    code: 70,
  });
  await expect(callWorkerAt(place, ["silent"], anything)).rejects.toMatchObject({
    message: "mlx-autotune silent ended with 3.",
    code: 3,
  });
  await expect(callWorkerAt(place, ["killed"], anything)).rejects.toMatchObject({ code: 137 });
  expect(calls()).toEqual([]);
});

test("an answer of another shape is an error that shows it", async () => {
  await expect(callWorkerAt(place, ["show"], z.object({ runs: z.array(z.string()) }))).rejects.toMatchObject({
    message: expect.stringContaining("not what was expected"),
    log: expect.stringMatching(/runs[\s\S]*"command":"show"/),
  });
  await expect(callWorkerAt(place, ["garbage"], echoSchema)).rejects.toMatchObject({
    log: expect.stringContaining("not json"),
  });
});

test("after its time the caller is told, and the worker goes on to its end", async () => {
  const mark = join(place.homeDir, "mark");
  await expect(callWorkerAt(place, ["slow", mark], anything, { timeoutMs: 300 })).rejects.toMatchObject({
    message: "mlx-autotune slow has not answered within 0 s.",
    code: null,
  });
  await eventually("the end of what it does", () => existsSync(mark) && readFileSync(mark, "utf8") === "done");
});

test("answers are private, and those that nobody fetched are removed a day later", async () => {
  expect(await callWorkerAt(place, ["modes"], anything)).toEqual({ out: 0o600, err: 0o600 });
  const forgotten = join(place.supportPath, "calls", "call-old");
  mkdirSync(forgotten);
  writeFileSync(join(forgotten, "stdout"), "secret");
  const recent = join(place.supportPath, "calls", "call-new");
  mkdirSync(recent);
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(forgotten, twoDaysAgo, twoDaysAgo);
  await callWorkerAt(place, ["show"], anything);
  expect(calls()).toEqual(["call-new"]);
});

test("nothing of the calls is a child or a zombie of this process", async () => {
  await Promise.all([1, 2, 3].map(() => callWorkerAt(place, ["show"], anything)));
  await callWorkerAt(place, ["silent"], anything).catch(() => undefined);
  expect(processesWith(place.mark).filter((one) => one.ppid === process.pid)).toEqual([]);
});

test("without a Node that will do the places tried are in the log", async () => {
  const env = { PATH: "" };
  const nowhere = { ...place, env, execPath: "/Applications/Raycast.app/Contents/MacOS/Raycast" };
  const found = callWorkerAt(nowhere, ["show"], anything);
  await expect(found).rejects.toMatchObject({
    name: "WorkerError",
    remedy: expect.stringContaining("brew install node"),
    log: expect.stringContaining("/opt/homebrew/bin/node"),
  });
});
