// An OpenAI-compatible endpoint within the test's own process, which answers badly as the test says. Prompt tokens = words + 12.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

export interface Asked {
  promptTokens: number;
  maxTokens: number;
  /** Requests that were answered before. */
  before: number;
}

export interface EndpointRules {
  /** Answer in another way. @returns false to answer well */
  instead?(asked: Asked, response: ServerResponse): boolean;
  /** What its usage counts; the truth if left out. */
  counts?(promptTokens: number): number;
  /** How long its list of models takes after its header, ms. */
  listMs?: number;
  /** How long its first token takes, ms, until it has answered one request to its end. */
  coldMs?: number;
}

export interface Endpoint {
  url: string;
  close(): void;
}

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

export async function startEndpoint(rules: EndpointRules = {}): Promise<Endpoint> {
  let before = 0;
  let isWarm = false;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (request.method === "GET") return void list(response, rules.listMs ?? 0);
      const body = JSON.parse(Buffer.concat(parts).toString("utf8")) as {
        messages: { content: string }[];
        max_tokens: number;
      };
      const promptTokens = (body.messages[0]?.content.split(/\s+/).length ?? 0) + 12;
      const asked = { promptTokens, maxTokens: body.max_tokens, before };
      before += 1;
      if (rules.instead?.(asked, response) === true) return;
      void delay(isWarm ? 0 : (rules.coldMs ?? 0))
        .then(() => answer(asked, response, rules))
        .then(() => (isWarm ||= !response.destroyed));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}

async function list(response: ServerResponse, listMs: number): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
  await delay(listMs);
  response.end('{"object":"list","data":[{"id":"demo"},{"object":"no id"}]}');
}

async function answer(asked: Asked, response: ServerResponse, rules: EndpointRules): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let token = 0; token < asked.maxTokens; token += 1) {
    await delay(1);
    response.write(event({ choices: [{ index: 0, delta: { content: " a" } }] }));
  }
  const prompt_tokens = rules.counts?.(asked.promptTokens) ?? asked.promptTokens;
  response.end(
    `${event({ choices: [], usage: { prompt_tokens, completion_tokens: asked.maxTokens } })}data: [DONE]\n\n`,
  );
}

/** Answer with a status and a JSON body. */
export function refuse(response: ServerResponse, status: number, body: object): true {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  return true;
}
