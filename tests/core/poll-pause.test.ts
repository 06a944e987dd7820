// Whoever waits does not run programs many times a second for minutes: the pause between two looks, and that every waiting has one.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { pollPauseMs } from "../../worker/core/poll-pause.ts";

test("looks are close at first, further apart the longer it takes, and twice a second at most after three seconds", () => {
  expect([0, 60, 150].map((waitedMs) => pollPauseMs(waitedMs, 25))).toEqual([25, 25, 25]);
  expect([600, 1200, 2400].map((waitedMs) => pollPauseMs(waitedMs, 25))).toEqual([100, 200, 400]);
  expect([600, 1200, 2400].map((waitedMs) => pollPauseMs(waitedMs, 250))).toEqual([250, 250, 400]);
  for (const firstMs of [20, 25, 50, 100, 250])
    expect([3000, 3001, 900_000].map((waitedMs) => pollPauseMs(waitedMs, firstMs))).toEqual([500, 500, 500]);
});

test.each([20, 25, 50, 100, 250])("a first pause of %d ms never grows by more than its share", (firstMs) => {
  let [waitedMs, before] = [0, 0];
  while (waitedMs < 60_000) {
    const pauseMs = pollPauseMs(waitedMs, firstMs);
    expect(pauseMs).toBeGreaterThanOrEqual(before);
    expect(pauseMs).toBeLessThanOrEqual(Math.max(firstMs, waitedMs / 6));
    [waitedMs, before] = [waitedMs + pauseMs, pauseMs];
  }
});

/** Every other pause of the worker, by what stands in the call, and why it is not such a waiting. */
const OTHER_PAUSES: Record<string, string> = {
  ms: "the clock itself",
  "pollMs(": "pollPauseMs with a first pause of 250 ms",
  "pauseMs(": "questions to the candidate's port, 500 ms after three seconds: T/core/ready-reply",
  pauseMs: "between two tries, doubled up to 5 s",
  PAUSE_MS: "3 s between two tries of the guard",
  LOOK_MS: "a second",
  LOG_LAG_MS: "once after a failing answer",
  EXIT_LAG_MS: "once after a failed request",
  BUSY_MS: "once, 5 s",
  BUSY_PAUSE_MS: "two seconds",
  WATCH_MS: "half a second",
  delayMs: "between two tries of a download, seconds",
  limitMs: "a time limit",
  PROBE_LIMIT_MS: "a time limit",
  WITHIN_MS: "a time limit",
  "POLL_MS worker/platform/files/provider-lock.ts":
    "another program's lock, held for milliseconds and waited for 10 s at most",
};

test("every pause of the worker grows, or is known not to be between two looks at processes, ports or launchd", () => {
  const files = readdirSync("worker", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !/^(core|simulator)\//.test(name))
    .map((name) => join("worker", name));
  const unknown = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/\b(?:sleep|delay)\(\s*([\w.]+\(?)/g)]
      .map(([, first = ""]) => first)
      .filter((first) => first !== "pollPauseMs(" && !(first in OTHER_PAUSES) && !(`${first} ${file}` in OTHER_PAUSES))
      .map((first) => `${file}: ${first}`),
  );
  expect(unknown).toEqual([]);
});
