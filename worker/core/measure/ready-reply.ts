// What a reply to the question "are you ready?" means, and how soon it is asked again. Pure.
// Source: contract §4 (readiness). A server that loads refuses or says 503; one that closes a request unanswered has answered.
import { errorBodyText, faultText } from "./error-body.ts";
import { parsePythonJson } from "../text/python-json.ts";

export type ReadyReply =
  | { state: "ready" }
  | { state: "dead"; words: string }
  | { state: "loading"; words: string | null }
  /** An answer of a server that does not load: dead if its log says why, or if it goes on. */
  | { state: "failing"; words: string };

/** A failing answer counts if it stays for so long, ms. */
export const PERSISTENT_MS = 3000;

/** In its first seconds a server may come up at any moment, and how long it took is a figure; afterwards twice a second is enough. */
export const pauseMs = (waitedMs: number): number => (waitedMs < 3000 ? 50 : 500);

/** Statuses by which a server, or what stands before it, asks for patience. */
const PATIENCE = [408, 425, 429, 502, 503, 504];

/** How a question ended: "refused" = nobody listens yet, "closed" = it was taken, and closed without a byte. */
export type Reply = { state: "answered"; status: number; body: string } | { state: "refused" } | { state: "closed" };

/** @param server how it says that it is ready, and which answers mean that it never will be */
export function readyReply(
  reply: Reply,
  server: {
    readiness: { kind: "models-endpoint" | "one-token-request" };
    isLoadFailure(status: number, body: string): boolean;
  },
): ReadyReply {
  if (reply.state === "refused") return { state: "loading", words: null };
  if (reply.state === "closed") return { state: "failing", words: "it closed the request without an answer" };
  const { status, body } = reply;
  const fault = status === 200 ? faultOf(body) : errorBodyText(body);
  if (status === 200 && fault === null) return { state: "ready" };
  const words = `HTTP ${status} ${fault ?? ""}`.trim();
  if (server.isLoadFailure(status, body)) return { state: "dead", words };
  if (server.readiness.kind === "models-endpoint" || PATIENCE.includes(status)) return { state: "loading", words };
  return status >= 500 ? { state: "failing", words } : { state: "dead", words };
}

/** @returns the error that came as a good answer; null if it is one */
function faultOf(body: string): string | null {
  const json = parsePythonJson(body);
  return typeof json === "object" && json !== null ? faultText(json) : null;
}
