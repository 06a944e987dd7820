// A gateway in a process of its own before a simulated provider: wants a key, echoes it in its errors, fails some requests.
// Arguments: upstream port, key, path prefix. Every FAIL_EVERYth completion fails with 500. Prints its port.
import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const [upstream = "0", key = "", prefix = ""] = process.argv.slice(2);
const failEvery = Number(process.env["FAIL_EVERY"] ?? "0");
let completions = 0;

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message, code: "gateway" } }));
}

function pass(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "").slice(prefix.length);
  if (path.endsWith("/completions")) completions += 1;
  if (failEvery > 0 && path.endsWith("/completions") && completions % failEvery === 0)
    return refuse(response, 500, `upstream lost, authorization was ${request.headers.authorization ?? "none"}`);
  const headers = { ...request.headers };
  delete headers.authorization;
  const onward = send(
    { host: "127.0.0.1", port: Number(upstream), path, method: request.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

const server = createServer((request, response) => {
  const given = request.headers.authorization ?? "";
  if (!(request.url ?? "").startsWith(`${prefix}/v1/`)) return refuse(response, 404, `no route ${request.url}`);
  if (key !== "" && given !== `Bearer ${key}`) return refuse(response, 401, `the key "${given.slice(7)}" is not right`);
  pass(request, response);
});
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
