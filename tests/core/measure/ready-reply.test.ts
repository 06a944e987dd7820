import { expect, test } from "@jest/globals";
import { pauseMs, readyReply } from "../../../worker/core/measure/ready-reply.ts";

const token = { readiness: { kind: "one-token-request" as const }, isLoadFailure: () => false };
const list = { readiness: { kind: "models-endpoint" as const }, isLoadFailure: () => false };
const answered = (status: number, body: string) => ({ state: "answered" as const, status, body });

test.each([
  ["nobody listens", { state: "refused" as const }, { state: "loading", words: null }],
  [
    "closed unanswered",
    { state: "closed" as const },
    { state: "failing", words: "it closed the request without an answer" },
  ],
  ["a token", answered(200, '{"choices":[{"message":{"content":"a"}}]}'), { state: "ready" }],
  ["nothing in a 200", answered(200, ""), { state: "ready" }],
  [
    "an error in a 200",
    answered(200, '{"error":"Unexpected endpoint"}'),
    { state: "dead", words: "HTTP 200 Unexpected endpoint" },
  ],
  [
    "still loading",
    answered(503, '{"error":{"message":"Loading model"}}'),
    { state: "loading", words: "HTTP 503 Loading model" },
  ],
  ["a proxy's patience", answered(502, "Bad gateway"), { state: "loading", words: "HTTP 502 Bad gateway" }],
  ["a fault of the server", answered(500, '{"detail":"no kernel"}'), { state: "failing", words: "HTTP 500 no kernel" }],
  ["a refusal", answered(400, '{"error":"max_tokens"}'), { state: "dead", words: "HTTP 400 max_tokens" }],
  ["a redirect", answered(308, ""), { state: "dead", words: "HTTP 308" }],
])("%s", (_, reply, meaning) => expect(readyReply(reply, token)).toEqual(meaning));

test("what means that it never will be ready is the provider's to say", () => {
  const server = { ...token, isLoadFailure: (status: number) => status === 503 };
  expect(readyReply(answered(503, "dead"), server)).toEqual({ state: "dead", words: "HTTP 503 dead" });
});

test("a list of models that is not there yet is loading, whatever its status", () => {
  expect(readyReply(answered(404, "no route"), list)).toEqual({ state: "loading", words: "HTTP 404 no route" });
  expect(readyReply(answered(200, ""), list)).toEqual({ state: "ready" });
});

test("after the first seconds it is asked no faster than twice a second", () => {
  expect([0, 2999].map(pauseMs)).toEqual([50, 50]);
  expect([3000, 4000, 300_000].map(pauseMs)).toEqual([500, 500, 500]);
});
