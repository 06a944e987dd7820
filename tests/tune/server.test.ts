// The server between visits, with real processes: which one a visit gets, what ends, and what is told of one that died meanwhile.
// Source: contract §4, §9.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { CarriedVisit, RunContext } from "../../worker/context.ts";
import { DEFAULT_KNOBS, knobsOf } from "../../worker/core/knobs.ts";
import { createSupervisor } from "../../worker/platform/candidate/candidate.ts";
import { systemClock } from "../../worker/platform/machine/clock.ts";
import { PROVIDERS } from "../../worker/providers/index.ts";
import { createServer, type Server } from "../../worker/tune/server.ts";
import { installFakeProvider, type FakeProvider } from "../support/servers/fake-provider.ts";
import { tempFolder, visit } from "../support/store/store-fixtures.ts";
import { alive, freePort } from "../support/worlds/live-world.ts";
import { until } from "../support/worlds/program.ts";

const MODEL = "t/Model-7B";
const [A, B] = [DEFAULT_KNOBS, knobsOf({ kv_bits: 8 })];

let temp: ReturnType<typeof tempFolder>;
let fake: FakeProvider;
let told: string[];
let ctx: Parameters<typeof createServer>[0];
let aborting: AbortController;

beforeEach(async () => {
  temp = tempFolder("server");
  fake = installFakeProvider(temp.folder, {}, "provider-under-test");
  told = [];
  aborting = new AbortController();
  const supervisor = createSupervisor({
    provider: PROVIDERS.macprovider,
    binary: { command: [fake.program], version: "1", help: "--config" },
    port: await freePort(),
    readyTimeoutS: 30,
    runDir: temp.path("logs"),
    env: { ...process.env, ...fake.env },
    clock: systemClock,
    onGroup: () => undefined,
    hurry: new AbortController().signal,
  });
  const journal = { note: (kind: string, text: string) => void told.push(`${kind}: ${text}`) } as RunContext["journal"];
  const log = { info: () => undefined, warn: () => undefined, debug: () => undefined };
  ctx = { supervisor, journal, log, signal: aborting.signal, carriedOver: null };
});

afterEach(async () => {
  await ctx.supervisor.stop();
  expect(living()).toEqual([]);
  temp.remove();
});

const living = () => pids().filter(alive);
const pids = () => fake.noted("start").map(({ pid }) => pid);
const events = () => fake.noted().flatMap(({ event, pid }) => (/^(start|end)$/.test(event) ? [`${event} ${pid}`] : []));

const take = (server: Server, knobs: typeof A, stage: 1 | 2 = 2) =>
  server.take({ model: MODEL, knobs, stage }, () => undefined);

test("equal knobs get the process that runs; others get a new one, after the old one has ended", async () => {
  const server = createServer(ctx, { keeps: true });
  expect(await take(server, A, 1)).toMatchObject({ state: "ready", start: { number: 0, kept: false }, notes: [] });
  expect(await server.leave(true)).toEqual([]);
  expect([server.runs({ model: MODEL, knobs: A }), server.runs({ model: MODEL, knobs: B })]).toEqual([true, false]);
  expect(server.runs({ model: "t/Other-1B", knobs: A })).toBe(false);
  const spelled = { ...A, prefill_step_size: null };
  expect(await take(server, spelled)).toMatchObject({ state: "ready", start: { number: 0, kept: true }, notes: [] });
  await server.leave(true);
  expect(await take(server, B)).toMatchObject({ start: { number: 1, kept: false } });
  await server.leave(true);
  expect(await take(server, A)).toMatchObject({ start: { number: 2, kept: false } });
  await server.leave(true);
  expect(living()).toHaveLength(1);
  await server.stop();
  expect(server.runs({ model: MODEL, knobs: A })).toBe(false);
  const [first, second, third] = pids();
  expect(events()).toEqual([first, second, third].flatMap((pid) => [`start ${pid}`, `end ${pid}`]));
  expect([await server.stop(), told]).toEqual([[], []]);
});

test("what does not fit ends with its visit, and is never handed out again", async () => {
  const server = createServer(ctx, { keeps: true });
  await take(server, A);
  await server.leave(false);
  expect(living()).toEqual([]);
  expect(await take(server, A)).toMatchObject({ start: { number: 2, kept: false } });
  await server.stop();
});

test("a load that fails is told with its number, and ends", async () => {
  fake.setScenario({ defaults: { loadExit: { code: 1, stderr: "no such layer" } } });
  const server = createServer(ctx, { keeps: true });
  expect(await take(server, A)).toMatchObject({ state: "misfit", start: { number: 1, kept: false } });
  expect(server.runs({ model: MODEL, knobs: A })).toBe(false);
  await server.leave(false);
});

test("where servers are not kept, every visit has its own", async () => {
  const server = createServer(ctx, { keeps: false });
  for (const number of [1, 2]) {
    expect(await take(server, A)).toMatchObject({ start: { number, kept: false } });
    await server.leave(true);
    expect([living(), server.runs({ model: MODEL, knobs: A })]).toEqual([[], false]);
  }
});

test("one that died between visits is started anew, with a note", async () => {
  const server = createServer(ctx, { keeps: true });
  await take(server, A);
  await server.leave(true);
  process.kill(pids()[0] ?? 0, "SIGKILL");
  await until("its end to be known", () => !server.runs({ model: MODEL, knobs: A }));
  const taken = await take(server, A);
  expect(taken).toMatchObject({ state: "ready", start: { number: 2, kept: false } });
  const note = /^the server that was kept had ended before this visit, and was started anew: .*killed by SIGKILL/;
  expect(taken.notes).toEqual([expect.stringMatching(note)]);
  expect(told).toEqual([`server: ${MODEL}, kv unset · batch unset: ${taken.notes[0]}`]);
  await server.stop();
});

test("numbers go on above those that were carried over", async () => {
  const carried = [0, 4, 3].map((number): CarriedVisit => {
    const visited = { trialId: 1, cellIndex: 0, visit: visit([]), elapsedSeconds: 1, wallMs: 1 };
    return { ...visited, start: { number, kept: false }, nonceSet: 0, promptScale: null };
  });
  ctx.carriedOver = { runId: "before", candidates: new Map(), visits: carried };
  const server = createServer(ctx, { keeps: true });
  expect(await take(server, A)).toMatchObject({ start: { number: 5, kept: false } });
  await server.stop();
});

test("a run that was told to stop hands out none, not even the one that runs", async () => {
  const server = createServer(ctx, { keeps: true });
  await take(server, A);
  await server.leave(true);
  aborting.abort(new Error("stopped by SIGTERM"));
  await expect(take(server, A)).rejects.toThrow("stopped by SIGTERM");
  await server.leave(false);
  expect(living()).toEqual([]);
});
