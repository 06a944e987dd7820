// One question to the candidate on 127.0.0.1, bounded in size, which tells apart what fetch() calls one failure: nobody listens,
// or somebody took the question and closed without an answer.
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Reply } from "../../core/measure/ready-reply.ts";

export interface Question {
  port: number;
  path: string;
  /** Sent as JSON by POST; a GET without. */
  body?: object;
  /** The header is all that is wanted: the reply's body is empty. */
  headOnly?: boolean;
  /** Read at most this much of the answer. */
  maxBytes?: number;
}

const BODY_BYTES = 65_536;

/** Never throws; an abort is "refused", its reason is the caller's to look at. */
export function ask(question: Question, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve) => {
    const text = question.body === undefined ? null : JSON.stringify(question.body);
    let asked = false;
    const request = httpRequest({
      host: "127.0.0.1",
      port: question.port,
      path: question.path,
      method: text === null ? "GET" : "POST",
      agent: false,
      signal,
      headers: text === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
    });
    request.on("socket", (socket) => socket.once("connect", () => (asked = true)));
    request.on("error", () => resolve({ state: asked && !signal.aborted ? "closed" : "refused" }));
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (question.headOnly !== true)
        return void bodyOf(response, question.maxBytes ?? BODY_BYTES).then((body) =>
          resolve({ state: "answered", status, body }),
        );
      resolve({ state: "answered", status, body: "" });
      request.destroy();
    });
    request.end(text ?? undefined);
  });
}

/** What came of it: a body that breaks off is read as far as it came. */
async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      parts.push(part);
      bytes += part.length;
      if (bytes >= maxBytes) break;
    }
  } catch {
    // The status has been answered; the rest of its words is lost with the connection.
  }
  return Buffer.concat(parts).toString("utf8");
}
