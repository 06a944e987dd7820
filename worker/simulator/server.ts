// The simulator's HTTP server: macprovider's routes, answers and errors, on 127.0.0.1 only, with `x-simulated` on each.
// Source: contract §4, macprovider and simulated.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorText } from "../core/errors.ts";
import type { Failure } from "./profile-schema.ts";
import { Answer, type Death } from "./answer.ts";
import { Scheduler, type Simulation } from "./scheduler.ts";
import { completionRequestSchema, countPromptTokens, errorBody, modelsBody, type CompletionRequest } from "./wire.ts";

export interface SimulatedServer {
  port: number;
  /** Close the port and every connection. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";
const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A prompt is aimed at its target with 1 % tolerance; a cap at the target must let it pass. */
const CONTEXT_SLACK = 1.02;

/**
 * Serve one simulated model.
 * @param onDeath called once when the scenario or the machine's memory ends the process
 * @throws Error EADDRINUSE and the like if the port cannot be had
 */
export async function startSimulatedServer(
  simulation: Simulation,
  port: number,
  onDeath: (death: Death) => void,
): Promise<SimulatedServer> {
  const scheduler = new Scheduler(simulation, () =>
    onDeath({
      code: 137,
      line: "[metal::malloc] SIMULATED: Attempting to allocate more than the memory of this machine",
    }),
  );
  const server = createServer((request, response) => {
    response.setHeader("x-simulated", "true");
    route(simulation, scheduler, onDeath, request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, 400, errorBody(errorText(error), "invalid_request_error", null));
    });
  });
  await listen(server, port);
  return { port: (server.address() as AddressInfo).port, close: () => closeAll(server, scheduler) };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => resolve());
  });
}

async function closeAll(server: Server, scheduler: Scheduler): Promise<void> {
  scheduler.close();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function route(
  simulation: Simulation,
  scheduler: Scheduler,
  onDeath: (death: Death) => void,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  if (request.method === "GET" && path === "/v1/models") return sendJson(response, 200, modelsBody(simulation.model));
  if (request.method === "GET" && path === "/health") return sendJson(response, 200, { status: "ok", simulated: true });
  if (request.method !== "POST" || path !== "/v1/chat/completions") {
    return sendJson(response, 404, errorBody(`no such route: ${path}`, "invalid_request_error", null));
  }
  const asked = completionRequestSchema.parse(JSON.parse(await readBody(request)));
  const promptTokens = countPromptTokens(asked);
  const failure = failureFor(simulation, promptTokens);
  const refusal = refuse(simulation, asked, promptTokens, failure);
  if (refusal !== null) return sendJson(response, refusal.status, refusal.body);
  new Answer(asked, promptTokens, failure, response).run(scheduler, onDeath);
}

function failureFor(simulation: Simulation, promptTokens: number): Failure | null {
  const now = simulation.profile.failures.filter(
    (failure) => !failure.kind.startsWith("load_") && promptTokens >= failure.min_prompt_tokens,
  );
  return now.find((failure) => matches(failure, simulation)) ?? null;
}

/** Tell whether a failure of the profile concerns this model and these knobs. */
export function matches(failure: Failure, { model, knobs }: Pick<Simulation, "model" | "knobs">): boolean {
  return (
    (failure.model === undefined || model.includes(failure.model)) &&
    (failure.kv_bits === undefined || failure.kv_bits === knobs.kvBits) &&
    (failure.max_batch === undefined || failure.max_batch === knobs.maxBatch)
  );
}

function refuse(
  { model, knobs }: Simulation,
  asked: CompletionRequest,
  promptTokens: number,
  failure: Failure | null,
): { status: number; body: object } | null {
  if (asked.model !== model) {
    return {
      status: 400,
      body: errorBody(`model ${asked.model} is not loaded`, "invalid_request_error", "model_not_found"),
    };
  }
  if (knobs.maxContext !== null && promptTokens > knobs.maxContext * CONTEXT_SLACK) {
    const text = `prompt of ${promptTokens} tokens exceeds the context of ${knobs.maxContext}`;
    return { status: 413, body: errorBody(text, "invalid_request_error", "context_length_exceeded") };
  }
  if (failure?.kind !== "http_error") return null;
  return { status: failure.status, body: errorBody(failure.message, "server_error", null) };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`request body of more than ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
