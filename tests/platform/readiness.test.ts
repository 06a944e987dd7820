// Readiness against real servers on a real port: what an odd one does is an answer, and none is waited for in vain.
import { afterEach, describe, expect, test } from "@jest/globals";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { probeReadiness, type Loading } from "../../worker/platform/candidate/readiness.ts";
import { macprovider } from "../../worker/providers/macprovider.ts";
import { mlxLmServer } from "../../worker/providers/mlx-lm-server.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(request, response));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

function loading(failure: ReturnType<Loading["failureSince"]> = null): Loading & { words: string[] } {
  const words: string[] = [];
  return {
    words,
    tell: () => undefined,
    logMark: () => 0,
    failureSince: () => failure,
    said: (text) => void words.push(text),
  };
}

const LONG = 60_000;
const limit = (ms: number) => AbortSignal.timeout(ms);
const logged = (dead: boolean, reason: string) => ({ dead, misfit: { reason } });

describe("mlx-lm", () => {
  test("a list of models that takes longer than anybody waits does not matter", async () => {
    const port = await listen((request, response) => {
      response.writeHead(200);
      if (request.method === "POST") response.end('{"choices":[{"message":{"content":"a"}}]}');
      else response.flushHeaders(); // and never a body
    });
    expect(await probeReadiness(mlxLmServer, port, limit(LONG), loading())).toEqual({ state: "ready" });
  });

  test("a request that is closed unanswered is refused with what the log says", async () => {
    const port = await listen((_, response) => void response.destroy());
    const ready = await probeReadiness(
      mlxLmServer,
      port,
      limit(LONG),
      loading(logged(false, "NotImplementedError: NYI")),
    );
    const reason = "it closed the request without an answer: NotImplementedError: NYI";
    expect(ready).toEqual({ state: "dead", reason, logged: true });
  });

  test("without a word in the log it is refused after seconds, not after the whole time limit", async () => {
    const port = await listen((_, response) => void response.destroy());
    const ready = await probeReadiness(mlxLmServer, port, limit(LONG), loading());
    expect(ready).toMatchObject({ state: "dead", reason: "it closed the request without an answer, for 3 s on end" });
  });

  test("a dead generation is seen in the log while the request hangs", async () => {
    const port = await listen(() => undefined);
    const ready = await probeReadiness(
      mlxLmServer,
      port,
      limit(LONG),
      loading(logged(true, "generation has died: oom")),
    );
    expect(ready).toEqual({ state: "dead", reason: "generation has died: oom", logged: true });
  });

  test("a server that asks for patience is asked again, and its words are kept", async () => {
    let asked = 0;
    const port = await listen((request, response) => {
      if (request.method === "POST") asked += 1;
      const ready = request.method === "GET" || asked > 3;
      response.writeHead(ready ? 200 : 503).end(ready ? "{}" : '{"error":{"message":"Loading model"}}');
    });
    const watch = loading();
    expect(await probeReadiness(mlxLmServer, port, limit(LONG), watch)).toEqual({ state: "ready" });
    expect(watch.words).toEqual(new Array(3).fill("HTTP 503 Loading model"));
  });
});

describe("macprovider", () => {
  test("the header of its list is its word, whenever the list itself comes", async () => {
    const port = await listen((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.flushHeaders();
    });
    expect(await probeReadiness(macprovider, port, limit(LONG), loading())).toEqual({ state: "ready" });
  });

  test("a list that is not there yet is waited for, until told to stop", async () => {
    const port = await listen(
      (_, response) => void response.writeHead(503).end('{"error":{"message":"Model not loaded"}}'),
    );
    const stop = new AbortController();
    const watch = loading();
    const asked = probeReadiness(macprovider, port, stop.signal, watch);
    while (watch.words.length === 0) await delay(20);
    stop.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });
});
