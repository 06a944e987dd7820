// A live provider for drain tests: answers GET /v1/models on --port until SIGTERM. What it should be like comes by environment:
// LIVE_PROVIDER_LOAD_MS (until the port opens), LIVE_PROVIDER_TERM_MS (until it ends after SIGTERM), LIVE_PROVIDER_IGNORE_TERM=1,
// LIVE_PROVIDER_TITLE (the process title that it sets), LIVE_PROVIDER_LOG (a line of JSON per start: pid, argv, cwd).
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

const args = process.argv.slice(2);
const after = (name, fallback) => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback);
const { LIVE_PROVIDER_LOAD_MS, LIVE_PROVIDER_TERM_MS, LIVE_PROVIDER_IGNORE_TERM, LIVE_PROVIDER_LOG } = process.env;
const { LIVE_PROVIDER_TITLE } = process.env;
if (LIVE_PROVIDER_TITLE !== undefined) process.title = LIVE_PROVIDER_TITLE;

if (LIVE_PROVIDER_LOG !== undefined)
  appendFileSync(
    LIVE_PROVIDER_LOG,
    `${JSON.stringify({ pid: process.pid, argv: process.argv, cwd: process.cwd() })}\n`,
  );
process.on("SIGTERM", () => {
  if (LIVE_PROVIDER_IGNORE_TERM !== "1") setTimeout(() => process.exit(0), Number(LIVE_PROVIDER_TERM_MS ?? 0));
});
const model = after("--model", "mlx-community/Live-Model-4bit");
const server = createServer((request, response) => {
  response.writeHead(request.url === "/v1/models" ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify({ object: "list", data: [{ id: model }] }));
});
server.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
setTimeout(() => server.listen(Number(after("--port", 8080)), "127.0.0.1"), Number(LIVE_PROVIDER_LOAD_MS ?? 0));
