// When a started provider is ready: by its models endpoint, or by one completed one-token request. Asks until told to stop.
// Source: contract §4 (readiness per provider; a listening port alone says nothing). What a reply means: core/measure/ready-reply.ts.
import { setTimeout as delay } from "node:timers/promises";
import { pauseMs, PERSISTENT_MS, readyReply, type Reply } from "../../core/measure/ready-reply.ts";
import type { Provider } from "../../providers/provider.ts";
import { ask } from "./ask.ts";

/** `logged` if the reason holds what the log says of it. */
export type Ready = { state: "ready" } | { state: "dead"; reason: string; logged: boolean };

/** What is known of the process that is waited for, and who is told of it. */
export interface Loading {
  /** The log's last line is shown to whoever watches. */
  tell(): void;
  /** How much its log holds. */
  logMark(): number;
  /** What its log tells of a failure since then. */
  failureSince(mark: number): { dead: boolean; misfit: { reason: string } } | null;
  /** Takes what the port said last, for the reason of a time-out. */
  said(words: string): void;
}

/** How often the log is looked at, and health asked for. */
const LOOK_MS = 1000;
/** A port that takes a question may need this long to answer it: a list of models that is read from a slow disk. */
const HEADER_MS = 60_000;
/** The log of a handler that died comes a moment after its connection has closed. */
const LOG_LAG_MS = 250;

/**
 * Ask until the model is loaded.
 * @param stop aborts on the run's end, the process's end or the time limit; then the abort's reason is thrown.
 */
export async function probeReadiness(
  provider: Provider,
  port: number,
  stop: AbortSignal,
  loading: Loading,
): Promise<Ready> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  try {
    return await Promise.race([
      askUntilReady(provider, port, signal, loading),
      seenDead(provider, port, signal, loading),
    ]);
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    over.abort();
  }
}

async function askUntilReady(provider: Provider, port: number, signal: AbortSignal, loading: Loading): Promise<Ready> {
  const startedAt = performance.now();
  let failingSince: number | null = null;
  for (;;) {
    signal.throwIfAborted();
    const mark = loading.logMark();
    const reply = readyReply(await question(provider, port, signal), provider);
    if (reply.state === "ready") return { state: "ready" };
    if (reply.state === "dead") return { state: "dead", reason: reply.words, logged: false };
    if (reply.words !== null) loading.said(reply.words);
    if (reply.state === "loading") failingSince = null;
    else {
      await delay(LOG_LAG_MS, undefined, { signal });
      const logged = loading.failureSince(mark);
      if (logged) return { state: "dead", reason: `${reply.words}: ${logged.misfit.reason}`, logged: true };
      failingSince ??= performance.now();
      if (performance.now() - failingSince >= PERSISTENT_MS)
        return { state: "dead", reason: `${reply.words}, for ${PERSISTENT_MS / 1000} s on end`, logged: false };
    }
    await delay(pauseMs(performance.now() - startedAt), undefined, { signal });
  }
}

/** The one-token request waits for the load inside the server; of a list of models the header is all that counts. */
function question(provider: Provider, port: number, signal: AbortSignal): Promise<Reply> {
  if (provider.readiness.kind === "models-endpoint") {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(HEADER_MS)]);
    return ask({ port, path: "/v1/models", headOnly: true }, limited);
  }
  const body = {
    model: provider.requestModel(""),
    messages: [{ role: "user", content: "Hi" }],
    max_tokens: 1,
    temperature: 0,
  };
  return ask({ port, path: "/v1/chat/completions", body }, signal);
}

/** Resolves only once the log or the health path says that generation has died; otherwise waits until aborted. */
async function seenDead(provider: Provider, port: number, signal: AbortSignal, loading: Loading): Promise<Ready> {
  for (;;) {
    await delay(LOOK_MS, undefined, { signal });
    loading.tell();
    const logged = loading.failureSince(0);
    if (logged?.dead === true) return { state: "dead", reason: logged.misfit.reason, logged: true };
    const path = provider.healthPath;
    if (path === null) continue;
    const health = await ask({ port, path, headOnly: true }, AbortSignal.any([signal, AbortSignal.timeout(5000)]));
    if (health.state === "answered" && health.status === 503)
      return { state: "dead", reason: `${path} answers 503`, logged: false };
  }
}
