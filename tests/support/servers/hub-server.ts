// Stand-in of the Hugging Face Hub over real HTTP on loopback: revision, tree, and files with ranges and hashes. Big files
// come from a second server by redirect, as from the real one. Scenario switches may be flipped at any time.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { blobHash, commitOf, isLfs, type ModelFiles } from "./model-files.ts";

export interface HubScenario {
  /** Answer everything with this status. */
  status?: number;
  /** Answer so many requests with 503, then behave. */
  failFirst?: number;
  /** Break the connection of big files off after so many bytes. */
  cutAfterBytes?: number;
  /** How often to cut; without it, always. */
  cuts?: number;
  /** Send other bytes of the same length for this path. */
  wrongBody?: string;
  /** Send this content, of whatever length, for a path whose listed hash stays. */
  otherBody?: { path: string; content: Buffer };
  /** Never answer, or stop after half of a big file, holding the connection. */
  hang?: "requests" | "bodies";
  /** Send big files whole whatever range is asked for. */
  ignoreRange?: boolean;
  /** Answer API requests with this text and 200, as a captive portal does. */
  portal?: string;
}

export interface HubServer {
  url: string;
  scenario: HubScenario;
  models: Record<string, ModelFiles>;
  /** Every request, in order; `store` tells those of the second server. */
  requests: { path: string; range: string | null; authorization: string | null; store: boolean }[];
  close(): Promise<void>;
}

/** Start the stand-in. @param models files by model id; may be changed later */
export async function startHub(models: Record<string, ModelFiles>): Promise<HubServer> {
  const hub: HubServer = { url: "", scenario: {}, models, requests: [], close: () => Promise.resolve() };
  let storeUrl = "";
  const store = createServer((request, response) => {
    note(hub, request, true);
    sendFile(hub, request, response, decodeURIComponent(request.url ?? "").slice(1));
  });
  const front = createServer((request, response) => {
    note(hub, request, false);
    if (!refused(hub, response)) answer(hub, storeUrl, request, response);
  });
  storeUrl = await listen(store);
  hub.url = await listen(front);
  hub.close = async () => {
    await Promise.all([front, store].map(stop));
  };
  return hub;
}

function note(hub: HubServer, request: IncomingMessage, store: boolean): void {
  const { range = null, authorization = null } = request.headers;
  hub.requests.push({ path: request.url ?? "", range, authorization, store });
}

function refused(hub: HubServer, response: ServerResponse): boolean {
  const { scenario } = hub;
  if (scenario.hang === "requests") return true;
  const failing = (scenario.failFirst ?? 0) > 0;
  if (failing) scenario.failFirst = (scenario.failFirst ?? 0) - 1;
  const status = failing ? 503 : scenario.status;
  if (status === undefined) return false;
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify({ error: "scenario" }));
  return true;
}

function answer(hub: HubServer, storeUrl: string, request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent(new URL(request.url ?? "", hub.url).pathname);
  const api = /^\/api\/models\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(path);
  const file = /^\/(.+?)\/resolve\/[^/]+\/(.+)$/.exec(path);
  const id = api?.[1] ?? file?.[1] ?? "";
  const files = hub.models[id];
  if (files === undefined) return void response.writeHead(404, { "X-Error-Code": "RepoNotFound" }).end();
  if (api !== null && hub.scenario.portal !== undefined) return void response.writeHead(200).end(hub.scenario.portal);
  if (api?.[2] === "revision") return sendJson(response, { _id: "1", id, sha: commitOf(files), private: false });
  if (api?.[2] === "tree") return sendJson(response, tree(files));
  const name = file?.[2] ?? "";
  const content = files[name];
  if (content === undefined) return void response.writeHead(404, { "X-Error-Code": "EntryNotFound" }).end();
  response.setHeader("X-Repo-Commit", commitOf(files));
  response.setHeader("ETag", `"${blobHash(name, content)}"`);
  if (!isLfs(name)) return sendFile(hub, request, response, `${id}|${name}`);
  response.setHeader("X-Linked-Etag", `"${blobHash(name, content)}"`);
  response.writeHead(302, { Location: `${storeUrl}/${encodeURIComponent(`${id}|${name}`)}` }).end();
}

function tree(files: ModelFiles): unknown[] {
  return Object.entries(files).map(([path, content]) => {
    const size = content.length;
    const oid = blobHash("git", content);
    return isLfs(path)
      ? { type: "file", path, size, oid, lfs: { oid: blobHash(path, content), size, pointerSize: 130 } }
      : { type: "file", path, size, oid };
  });
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

function sendFile(hub: HubServer, request: IncomingMessage, response: ServerResponse, key: string): void {
  const [id = "", name = ""] = key.split("|");
  const content = body(hub, id, name);
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  const probe = asked?.[1] === "0" && asked[2] === "0";
  const ranged = asked !== null && (probe || hub.scenario.ignoreRange !== true);
  const from = ranged ? Number(asked[1]) : 0;
  const part = content.subarray(from, ranged && asked[2] ? Number(asked[2]) + 1 : content.length);
  if (response.getHeader("ETag") === undefined) response.setHeader("ETag", `"${blobHash(name, content)}"`);
  response.setHeader("Content-Length", part.length);
  if (ranged) response.setHeader("Content-Range", `bytes ${from}-${from + part.length - 1}/${content.length}`);
  response.writeHead(ranged ? 206 : 200);
  if (!isLfs(name) || probe) return void response.end(part);
  if (hub.scenario.hang === "bodies") return void response.write(part.subarray(0, part.length / 2));
  if (!cutNow(hub)) return void response.end(part);
  response.write(part.subarray(0, hub.scenario.cutAfterBytes), () => response.destroy());
}

function body(hub: HubServer, id: string, name: string): Buffer {
  const content = hub.models[id]?.[name] ?? Buffer.alloc(0);
  const { wrongBody, otherBody } = hub.scenario;
  if (otherBody?.path === name) return otherBody.content;
  return wrongBody === name ? Buffer.alloc(content.length, 1) : content;
}

function cutNow(hub: HubServer): boolean {
  const { scenario } = hub;
  if (scenario.cutAfterBytes === undefined || scenario.cuts === 0) return false;
  if (scenario.cuts !== undefined) scenario.cuts -= 1;
  return true;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
