// When a started provider is ready: by its models endpoint, or by one completed one-token request. Polls until told to stop.
// Source: contract §4 (readiness per provider; a listening port alone says nothing).
import { setTimeout as delay } from "node:timers/promises";
import { errorBodyText } from "../core/error-body.ts";
import type { Provider } from "../providers/provider.ts";

export type Ready = { state: "ready" } | { state: "dead"; reason: string };

const POLL_MS = 50;
/** How often the log's last line is told to whoever watches. */
const TELL_MS = 1000;
/** Read at most this much of an answer. */
const BODY_BYTES = 65_536;

/**
 * Poll until the model is loaded.
 * @param stop aborts on the run's end, the process's end or the time limit; then the abort's reason is thrown.
 */
export async function probeReadiness(
  provider: Provider,
  port: number,
  stop: AbortSignal,
  tell: () => void,
): Promise<Ready> {
  const base = `http://127.0.0.1:${port}`;
  const teller = setInterval(tell, TELL_MS);
  try {
    for (;;) {
      stop.throwIfAborted();
      const answer =
        provider.readiness.kind === "models-endpoint"
          ? await modelsAnswer(base, stop)
          : await tokenAnswer(base, provider, stop);
      if (answer) return answer;
      await delay(POLL_MS, undefined, { signal: stop });
    }
  } catch (error) {
    stop.throwIfAborted();
    throw error;
  } finally {
    clearInterval(teller);
  }
}

async function modelsAnswer(base: string, stop: AbortSignal): Promise<Ready | null> {
  const response = await get(`${base}/v1/models`, AbortSignal.any([stop, AbortSignal.timeout(5000)]));
  return response?.status === 200 ? { state: "ready" } : null;
}

/** The request waits for the load inside the server; meanwhile its health says whether waiting makes sense. */
async function tokenAnswer(base: string, provider: Provider, stop: AbortSignal): Promise<Ready | null> {
  if ((await get(`${base}/v1/models`, AbortSignal.any([stop, AbortSignal.timeout(5000)]))) === null) return null;
  const over = new AbortController();
  const asking = AbortSignal.any([stop, over.signal]);
  try {
    return await Promise.race([oneToken(base, provider, asking), unhealthy(base, provider, asking)]);
  } finally {
    over.abort();
  }
}

async function oneToken(base: string, provider: Provider, signal: AbortSignal): Promise<Ready | null> {
  const response = await post(
    `${base}/v1/chat/completions`,
    {
      model: provider.requestModel(""),
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 1,
      temperature: 0,
    },
    signal,
  );
  if (response === null) return null;
  if (response.status === 200) return { state: "ready" };
  const reason = `HTTP ${response.status} ${errorBodyText(response.body)}`;
  return provider.isLoadFailure(response.status, response.body) || response.status < 500
    ? { state: "dead", reason }
    : null;
}

/** Resolves only once the health path says that generation has died; otherwise waits until aborted. */
async function unhealthy(base: string, provider: Provider, signal: AbortSignal): Promise<Ready> {
  for (;;) {
    await delay(TELL_MS, undefined, { signal });
    if (provider.healthPath === null) continue;
    const health = await get(`${base}${provider.healthPath}`, AbortSignal.any([signal, AbortSignal.timeout(5000)]));
    if (health?.status === 503) return { state: "dead", reason: `${provider.healthPath} answers 503` };
  }
}

interface Answer {
  status: number;
  body: string;
}

const get = (url: string, signal: AbortSignal): Promise<Answer | null> => answer(url, { signal });
const post = (url: string, body: object, signal: AbortSignal): Promise<Answer | null> =>
  answer(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" }, signal });

/** @returns null while nobody answers; refused and reset connections are what a loading server does. */
async function answer(url: string, init: RequestInit): Promise<Answer | null> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, body: await boundedText(response) };
  } catch {
    return null;
  }
}

async function boundedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= BODY_BYTES) break;
  }
  return Buffer.concat(parts).toString("utf8");
}
