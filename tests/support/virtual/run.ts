// The real flow and its real reporter under a virtual clock: downloads, loads and requests take as long as a shape says and no longer
// to test. Requests go over HTTP to this process. Read second by second is what a reader of the database would see.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { jest } from "@jest/globals";
import { autotune } from "../../../worker/autotune.ts";
import { NO_PROGRESS } from "../../../worker/cli/run/run-session.ts";
import type {
  CarriedVisit,
  Clock,
  Progress,
  Report,
  RunContext,
  RunJournal,
  WeightsResult,
} from "../../../worker/context.ts";
import { RunStopped } from "../../../worker/core/errors.ts";
import { PRIOR } from "../../../worker/core/result/estimate.ts";
import { methodOf } from "../../../worker/core/search/methods.ts";
import { PROVIDERS } from "../../../worker/providers/index.ts";
import { progressReporter } from "../../../worker/tune/progress.ts";
import { gridCells } from "../search-simulation.ts";
import { MACHINE } from "../store/store-fixtures.ts";
import {
  inputsOf,
  namesOf,
  REQUEST_TOKENS,
  RUNNING,
  weightsOf,
  type Played,
  type Second,
  type Shape,
  type ShapedCandidate,
} from "./shape.ts";

const STOP_SECONDS = 3;

/** Fake timers, only for the reporter's beat: requests are real. Undo with jest.useRealTimers(). */
export const useBeat = () =>
  jest.useFakeTimers({
    doNotFake: [
      ...(["Date", "hrtime", "nextTick", "performance", "queueMicrotask", "setImmediate", "clearImmediate"] as const),
      ...(["setTimeout", "clearTimeout"] as const),
    ],
  });

/** Play a run to its end. Call useBeat() before. */
export async function play(shape: Shape): Promise<Played> {
  const world = new VirtualRun(shape);
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request
      .on("data", (part: Buffer) => parts.push(part))
      .on("end", () => void world.answer(Buffer.concat(parts), response));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    return await world.play(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

class VirtualRun {
  readonly #shape: Shape;
  readonly #budget = new AbortController();
  readonly #startedAtMs: number;
  #nowMs = 1_000_000;
  #seconds: Second[] = [];
  #row: Progress | null = null;
  #heard: () => void = () => undefined;
  #firstVisitSeconds = NaN;
  #starts = 0;
  #servers: Played["servers"] = [];
  #requests = 0;
  #cell: number | null = null;
  #visits: CarriedVisit[] = [];
  #candidates = new Map<string, CarriedVisit>();
  #trials: { stage: number; model: string; position: number }[] = [];

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#startedAtMs = this.#nowMs - (shape.resumed?.spentSeconds ?? 0) * 1000;
  }

  async play(baseUrl: string): Promise<Played> {
    const { drained, method, cells, limitSeconds } = this.#shape;
    const { signal } = this.#budget;
    const times = { startedAtMs: this.#startedAtMs, endsAtMs: this.#startedAtMs + limitSeconds * 1000 };
    const reporter = progressReporter(this.#clock, times, this.#journal, () => undefined, signal);
    const report = (told: Report) => {
      reporter.report(told);
      if (told.phase === "decoding") this.#heard();
    };
    if (drained) report({ ...NO_PROGRESS, phase: "draining" });
    this.#pass(drained?.seconds ?? 0);
    const work = { method, cells, stage1Replicates: 2, stage2Replicates: 3 };
    const search = this.#shape.search ?? { method: methodOf(method), cells: gridCells(cells) };
    const plan = { method: search.method, cellsFor: () => search.cells, work, prior: PRIOR };
    const end = await autotune(this.#context(baseUrl, report), plan);
    report({ ...NO_PROGRESS, phase: "restoring" });
    this.#pass(drained?.backSeconds ?? 0);
    reporter.stop();
    return {
      ...{ seconds: this.#seconds, totalSeconds: this.#elapsed(), firstVisitSeconds: this.#firstVisitSeconds, end },
      taken: { runId: "before", candidates: this.#candidates, visits: this.#visits },
      servers: this.#servers,
    };
  }

  /** Two chunks, so far apart as the request takes; the clock goes on only when the first has been read. */
  async answer(body: Buffer, response: ServerResponse): Promise<void> {
    const asked = JSON.parse(body.toString("utf8")) as { messages: { content: string }[]; max_tokens: number };
    const isReplicate = asked.max_tokens === REQUEST_TOKENS;
    const seconds = isReplicate ? this.#shape.requestSeconds(this.#cell, this.#requests++) : 1;
    const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
    const chunk = event({ choices: [{ index: 0, delta: { content: " a" } }] });
    response.writeHead(200, { "content-type": "text/event-stream" });
    this.#pass(seconds * 0.4);
    const heard = new Promise<void>((done) => (this.#heard = done));
    response.write(chunk);
    await Promise.race([heard, new Promise((done) => response.once("close", done))]);
    this.#pass(seconds * 0.6);
    const usage = {
      prompt_tokens: (asked.messages[0]?.content.split(/\s+/).length ?? 0) + 12,
      completion_tokens: asked.max_tokens,
    };
    response.end(`${chunk}${event({ choices: [], usage })}data: [DONE]\n\n`);
  }

  readonly #elapsed = () => (this.#nowMs - this.#startedAtMs) / 1000;

  readonly #clock: Clock = {
    nowMs: () => this.#nowMs,
    utc: () => new Date(this.#nowMs).toISOString(),
    sleep: () => Promise.reject(new Error("nothing here sleeps")),
  };

  /** Let time pass, beat by beat. @param always also once the run was told to stop */
  #pass(seconds: number, always = true): void {
    for (let leftMs = seconds * 1000; leftMs > 0 && (always || !this.#budget.signal.aborted);) {
      const ms = Math.min(leftMs, 1000 - (this.#nowMs % 1000));
      this.#nowMs += ms;
      leftMs -= ms;
      jest.advanceTimersByTime(ms);
      if (this.#elapsed() >= this.#shape.limitSeconds)
        this.#budget.abort(new RunStopped({ kind: "budget", limitSeconds: this.#shape.limitSeconds }));
      if (this.#row !== null && this.#nowMs % 1000 === 0) this.#seconds.push({ at: this.#elapsed(), row: this.#row });
    }
  }

  readonly #journal: RunJournal = {
    runId: "virtual",
    phase: (row) => (this.#row = row),
    progress: (row) => (this.#row = row),
    trialStarted: ({ stage, model, position }) => {
      this.#cell = stage === 2 ? position : null;
      return this.#trials.push({ stage, model, position }) - 1;
    },
    visitEnded: (trialId, visit, _figures, conditions) => {
      if (Number.isNaN(this.#firstVisitSeconds)) this.#firstVisitSeconds = this.#elapsed();
      const trial = this.#trials[trialId];
      if (!trial || !conditions) return;
      const cellIndex = trial.stage === 1 ? 0 : trial.position;
      const carried = { trialId, cellIndex, visit, ...conditions };
      if (trial.stage === 1) this.#candidates.set(trial.model, carried);
      else this.#visits.push(carried);
    },
    described: () => undefined,
    candidateGroup: () => undefined,
    searchStarted: () => undefined,
    kept: () => undefined,
    note: () => undefined,
    ended: () => undefined,
  };

  #context(baseUrl: string, report: (told: Report) => void): RunContext {
    const { resumed } = this.#shape;
    return {
      inputs: inputsOf(this.#shape),
      provider: { ...PROVIDERS["mlx-lm"], maxWarmups: 2 },
      binary: { command: ["mlx_lm.server"], version: "1", help: "" },
      machine: MACHINE,
      candidates: namesOf(this.#shape).map((id, at) => ({ id, rank: at + 1 })),
      memoryBytes: 16e9,
      crashSuspects: new Map(),
      carriedOver: resumed?.taken ?? null,
      clock: this.#clock,
      log: { info: () => undefined, warn: () => undefined, debug: () => undefined },
      preWarm: {
        fetch: (model, onProgress, signal) => this.#fetch(this.#candidate(model), onProgress, signal),
        inspect: (model) => Promise.resolve(weightsOf(this.#candidate(model))),
      },
      supervisor: {
        start: (model, knobs, onLoading, signal) => {
          this.#servers.push(knobs);
          const loadMs = this.#shape.loadSeconds(this.#starts++) * 1000;
          onLoading("loading");
          this.#pass(loadMs / 1000, false);
          signal.throwIfAborted();
          const misfit = this.#candidate(model).loadFails;
          if (misfit) return Promise.resolve({ state: "misfit", misfit, integrity: false, loadMs, logTail: "" });
          return Promise.resolve({ state: "ready", running: { ...RUNNING, baseUrl, loadMs } });
        },
        stop: () => {
          this.#servers.push("stop");
          this.#pass(STOP_SECONDS);
          return Promise.resolve([]);
        },
      },
      journal: this.#journal,
      report,
      signal: this.#budget.signal,
      startedAt: this.#clock.utc(),
      startedAtMs: this.#startedAtMs,
    };
  }

  #candidate(model: string): ShapedCandidate {
    return this.#shape.candidates[namesOf(this.#shape).indexOf(model)] ?? {};
  }

  #fetch(
    candidate: ShapedCandidate,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<WeightsResult> {
    const { download = [] } = candidate;
    const total = download.at(-1) ?? 0;
    let before = -1;
    for (const bytes of download) {
      // Told of bytes only: a connection that stands still says nothing.
      if (bytes !== before) onProgress(bytes, total);
      before = bytes;
      this.#pass(1, false);
      signal.throwIfAborted();
    }
    if (candidate.downloadFails) return Promise.resolve({ state: "transient", reason: "the connection broke off" });
    return Promise.resolve({ state: "ready", weights: weightsOf(candidate) });
  }
}
