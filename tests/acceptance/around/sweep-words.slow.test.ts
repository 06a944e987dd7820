// Contract §15, Sweep: what an endpoint does and says is told on the terminal as its document tells it, and no cause is named that
// nothing proves.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { visibleText } from "../../support/html.ts";
import { refuse, startEndpoint, type Endpoint, type EndpointRules } from "../../support/servers/openai-endpoint.ts";
import { createWorld, type Finished, type World } from "../../support/worlds/program.ts";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

let world: World;
const endpoints: Endpoint[] = [];
beforeAll(async () => void (world = await createWorld({}, mkdtempSync(join(tmpdir(), "autotune-sweep-words-")))));
afterAll(async () => {
  for (const endpoint of endpoints) endpoint.close();
  await world.close();
  removeFolder(world.home);
});

async function sweep(rules: EndpointRules, ...more: string[]): Promise<Finished> {
  const endpoint = await startEndpoint(rules);
  endpoints.push(endpoint);
  const db = join(world.home, `${endpoints.length}.sqlite`);
  const flags = [
    "--base-url",
    endpoint.url,
    "--concurrency",
    "1",
    "--max-tokens",
    "32",
    "--seed",
    "1",
    "--db-path",
    db,
  ];
  return world.run(["sweep", ...flags, ...more]);
}

test("a prompt that the endpoint cuts has no figure: said in its line, in the table and on the map", async () => {
  const { code, stdout, stderr } = await sweep(
    { counts: (tokens) => Math.min(tokens, 300) },
    "--contexts",
    "200,400,800",
  );
  expect(code).toBe(0);
  const words = "the endpoint cut the prompt: it counted 300 tokens instead of 800, so there is no figure";
  expect(stderr).toMatch(/✓ \[1\/3\] 200 tokens × 1: /);
  expect(stderr).toContain(`✗ [3/3] 800 tokens × 1: ${words}`);
  expect(stdout).toMatch(/^ *800 +300 +1 +3 +– +– +– +– .*invalid: the endpoint cut the prompt/m);
  const page = readFileSync(/Heat map: (.*)/.exec(stdout)?.[1] ?? "", "utf8");
  expect(visibleText(page)).toContain(words);
  expect(page).toMatch(/data-context="800"\s+data-concurrency="1"\s+data-state="invalid"/);
});

test("a template that is longer than a context is said beside its figure", async () => {
  const { stdout, stderr } = await sweep({ counts: (tokens) => tokens + 300 }, "--contexts", "200,600");
  expect(stderr).toMatch(/✓ \[1\/2\] 200 tokens × 1: .*\(the prompt had 3\d\d tokens\)/);
  expect(stdout).toMatch(/^ *200 +3\d\d .*feasible: the prompt had 3\d\d tokens$/m);
  expect(stdout).toMatch(/^ *600 +600 .*feasible$/m);
});

test("a cold endpoint is woken up before the first cell, and its speed then is not judged", async () => {
  const { code, stderr } = await sweep({ coldMs: 1500 }, "--contexts", "200", "--gate-ttft-ms", "1000");
  expect([code, stderr]).toEqual([0, expect.stringMatching(/✓ \[1\/1\] 200 tokens × 1: /)]);
});

test("all that the document knows is on the terminal, too", async () => {
  const args = ["--contexts", "200", "--decode-control", "--gate-ttft-ms", "9000"];
  const { stdout } = await sweep({ listMs: 1500 }, ...args);
  expect(stdout).toMatch(/gate 9\.00 s .* 32 tokens per request · seed 1/);
  expect(stdout).toMatch(
    /context +prompt +at once +requests +tok\/s +decode +TTFT p50 +TTFT p95 +control +took +verdict/,
  );
  expect(stdout).toMatch(/^Control: decode speed \d+\.\d, \d+\.\d tok\/s; it changed by .* %/m);
  expect(stdout).toMatch(/^sweep [0-9a-f-]{36} · ok · .*\.sqlite$/m);
});

describe("why a sweep ended", () => {
  const larger = (most: number, then: EndpointRules["instead"]): EndpointRules => ({
    instead: (asked, response) => asked.promptTokens > most && (then?.(asked, response) ?? false),
  });
  const grid = ["--model", "demo", "--contexts", "200,400,800"];

  test("an endpoint that takes no such request is quoted, and memory is not guessed", async () => {
    const words = "Unexpected endpoint or method. (POST /v1/chat/completions)";
    const { code, stdout } = await sweep(
      { instead: (_, response) => refuse(response, 200, { error: words }) },
      ...grid,
    );
    expect(code).toBe(3);
    expect(stdout).toContain(`200 × 1: HTTP 200: ${words}`);
    expect(stdout).toContain("No cell is feasible.\n");
    expect(stdout).toMatch(
      /^Stopped: requests failed at 200 tokens × 1 after .*: HTTP 200: Unexpected endpoint .*; 2 cells were not measured$/m,
    );
    expect(stdout).not.toContain("memory");
  });

  test("words of memory after something smaller has passed name memory", async () => {
    const rules = larger(500, (_, response) => refuse(response, 500, { error: "[metal::malloc] no room" }));
    const { code, stdout } = await sweep(rules, ...grid);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Stopped: .*HTTP 500: \[metal::malloc\] no room \(likely out of memory: a smaller cell passed\)/,
    );
  });

  test("a failure without such words is only quoted, whatever passed", async () => {
    const rules = larger(500, (_, response) => refuse(response, 500, { detail: "the kernel is not there" }));
    const { stdout } = await sweep(rules, ...grid);
    expect(stdout).toMatch(/Stopped: .*: HTTP 500: the kernel is not there\n/);
  });

  test("an endpoint that has ended under a larger load is likely out of memory", async () => {
    const rules = larger(500, () => {
      endpoints.at(-1)?.close();
      return true;
    });
    const { stdout } = await sweep(rules, ...grid);
    expect(stdout).toMatch(
      /Stopped: .*no answer: .*\(the endpoint has ended; likely out of memory: a smaller cell passed\)/,
    );
  });

  test("an endpoint that is busy is waited for, in its own words", async () => {
    const from = performance.now();
    const busy = { error: { message: "server busy: model is loading, retry" } };
    const instead: EndpointRules["instead"] = (_, response) =>
      performance.now() - from < 4000 && refuse(response, 503, busy);
    const { code, stderr } = await sweep({ instead }, "--contexts", "200");
    expect(code).toBe(0);
    expect(stderr).toMatch(/asks for patience \(HTTP 503: server busy: model is loading, retry\): waiting up to 20 s/);
  });
});
