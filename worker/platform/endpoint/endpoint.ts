// Asks an endpoint that is already running which models it serves. Source: contract §4 (GET /v1/models), §15.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import * as z from "zod";
import { connect } from "node:net";
import { errorBodyText } from "../../core/measure/error-body.ts";
import { errorText } from "../../core/errors.ts";
import { httpReason } from "../../core/measure/http-words.ts";

export type Listing =
  | { ok: true; models: string[]; simulated: boolean }
  | { ok: false; status: number | null; reason: string; simulated: boolean };

/** A server may scan a whole cache of models before it lists them. */
const TIMEOUT_MS = 60_000;
const CONNECT_MS = 5000;
const MOST_BYTES = 4 * 1024 * 1024;
const nameSchema = z.object({ id: z.string().min(1).max(1024) });
/** An empty list is null in some servers. */
const listSchema = z.object({ data: z.array(z.unknown()).nullable() });

/**
 * List the models of an endpoint. With `headOnly` the list itself is not waited for, only whether it is simulated.
 * @param baseUrl without a slash at the end
 * @throws only the signal's reason; a failure of the endpoint is a value
 */
export async function listModels(
  baseUrl: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  { headOnly = false } = {},
): Promise<Listing> {
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await get(`${baseUrl}/v1/models`, headers, AbortSignal.any([signal, limit]));
    const simulated = response.headers["x-simulated"] === "true";
    const status = response.statusCode ?? 0;
    if (headOnly) {
      response.destroy();
      return { ok: true, models: [], simulated };
    }
    const body = await bodyOf(response);
    if (status !== 200)
      return { ok: false, status, reason: httpReason(status, errorBodyText(body) || "empty body"), simulated };
    const parsed = listSchema.safeParse(jsonOf(body));
    if (!parsed.success)
      return { ok: false, status, reason: `its list of models cannot be read: ${errorBodyText(body)}`, simulated };
    const named = (parsed.data.data ?? []).map((model) => nameSchema.safeParse(model));
    return { ok: true, models: named.flatMap((one) => (one.success ? [one.data.id] : [])), simulated };
  } catch (error) {
    signal.throwIfAborted();
    const reason = limit.aborted ? `no list within ${TIMEOUT_MS / 1000} s` : errorText(error);
    return { ok: false, status: null, reason, simulated: false };
  }
}

/** Whether somebody takes a connection there; where that cannot be told in time, yes. */
export function isListening(baseUrl: string, signal: AbortSignal): Promise<boolean> {
  const { hostname, port, protocol } = new URL(baseUrl);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (protocol === "https:" ? 443 : 80)),
      signal,
    });
    const done = (there: boolean) => {
      socket.destroy();
      resolve(there);
    };
    socket.setTimeout(CONNECT_MS, () => done(true));
    socket.once("connect", () => done(true));
    socket.once("error", (error) => done((error as NodeJS.ErrnoException).code !== "ECONNREFUSED"));
  });
}

function get(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    send(url, { headers, signal, agent: false }, resolve).on("error", reject).end();
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > MOST_BYTES) break;
  }
  return Buffer.concat(parts).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // fits no schema
  }
}
