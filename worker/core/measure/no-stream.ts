// What a 200 means whose body is no event stream: nothing at all, an error in the place of an answer, or an answer in one piece. Pure.
// Source: contract §8; LM Studio answers 200 with {"error": …}, mlx_lm closes a 200 without a chunk when its handler dies.
import { errorBodyText, faultText } from "./error-body.ts";
import type { Misfit } from "./measurement.ts";
import { parsePythonJson } from "../text/python-json.ts";

/** @param body as far as it was kept; `unsaid` if it does not tell why */
export function noStream(body: string): Misfit & { unsaid?: boolean } {
  const said = withoutComments(body);
  if (said === "")
    return { class: "request_failed", reason: "HTTP 200: the answer ended before its first chunk", unsaid: true };
  const json = parsePythonJson(said);
  if (typeof json !== "object" || json === null)
    return { class: "bad_response", reason: `the answer is not an event stream: ${errorBodyText(said)}` };
  const fault = faultText(json);
  if (fault !== null) return { class: "request_failed", reason: `HTTP 200: ${fault}` };
  const inOnePiece = "choices" in json ? "; it came in one piece, so no token's time is known" : "";
  return { class: "bad_response", reason: `the answer is not an event stream${inOnePiece}: ${errorBodyText(said)}` };
}

/** Heartbeats are no words. */
function withoutComments(body: string): string {
  const lines = body.split(/\r\n|\r|\n/).filter((line) => !line.startsWith(":"));
  return lines.join("\n").trim();
}
