// Contract §4: a server that takes minutes to load is not asked many times a second for all that time.
import { expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { probeReadiness } from "../../worker/platform/candidate/readiness.ts";
import { mlxLmServer } from "../../worker/providers/mlx-lm-server.ts";

test("after three seconds there is half a second between two questions", async () => {
  const askedAt: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") return void response.end("{}");
    askedAt.push(performance.now());
    const ready = performance.now() - (askedAt[0] ?? 0) > 6000;
    response.writeHead(ready ? 200 : 503).end(ready ? "{}" : '{"error":"Loading model"}');
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const quiet = { tell: () => undefined, logMark: () => 0, failureSince: () => null, said: () => undefined };
  expect(await probeReadiness(mlxLmServer, port, AbortSignal.timeout(60_000), quiet)).toEqual({ state: "ready" });
  const late = askedAt.filter((at) => at - (askedAt[0] ?? 0) > 3600);
  const gaps = late.slice(1).map((at, index) => at - (late[index] ?? 0));
  expect(gaps.length).toBeGreaterThan(1);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(450);
  server.close().closeAllConnections();
});
