// Asks an endpoint that is already running which models it serves. Source: contract §4 (GET /v1/models), §15.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import * as z from "zod";
import { errorBodyText } from "../core/error-body.ts";
import { errorText } from "../core/errors.ts";

export type Listing =
  | { ok: true; models: string[]; simulated: boolean }
  | { ok: false; status: number | null; reason: string; simulated: boolean };

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 4 * 1024 * 1024;
const listSchema = z.object({ data: z.array(z.object({ id: z.string().min(1).max(1024) })) });

/**
 * List the models of an endpoint.
 * @param baseUrl without a slash at the end
 * @throws only the signal's reason; a failure of the endpoint is a value
 */
export async function listModels(
  baseUrl: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Listing> {
  try {
    const response = await get(
      `${baseUrl}/v1/models`,
      headers,
      AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    );
    const simulated = response.headers["x-simulated"] === "true";
    const body = await bodyOf(response);
    const status = response.statusCode ?? null;
    if (status !== 200)
      return { ok: false, status, reason: `HTTP ${status}: ${errorBodyText(body) || "empty body"}`, simulated };
    const parsed = listSchema.safeParse(jsonOf(body));
    if (!parsed.success) return { ok: false, status, reason: "its list of models cannot be read", simulated };
    return { ok: true, models: parsed.data.data.map((model) => model.id), simulated };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, status: null, reason: errorText(error), simulated: false };
  }
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
