// Contract §7 and §8: what comes before the first timed request is not judged by its speed, and what all requests of a model begin
// with is no cached prompt.
import { expect, test } from "@jest/globals";
import { slowness } from "../../support/worlds/live-world.ts";
import { inWorld, MODEL, plantModels, shortTune } from "../../support/worlds/short-tune.ts";

test("a cold first request does not count, and a text in front of every prompt is no cached prompt", () =>
  inWorld(async (world) => {
    const slower = Math.ceil(slowness());
    const models = plantModels(world, {
      "t/Never": { coldMs: 600_000 },
      "t/Cold": { coldMs: 1500 * slower, templateTokens: 211 },
    });
    const [gateMs, readyS] = [1000 * slower, 3 * slower];
    const limits = { "gate-ttft-ms": String(gateMs), "ready-timeout": String(readyS), "target-context": "500" };
    const { code, result } = await world.tune(shortTune({ "candidate-models": models, ...limits }));
    expect(code).toBe(0);
    expect(result.recommendation?.model).toBe("t/Cold");
    expect(result.infeasible).toMatchObject([
      {
        model: "t/Never",
        class: "load_timeout",
        reason: `warm-up: no token within ${readyS} s (--ready-timeout ${readyS})`,
      },
    ]);
  }));

test("no two prompts of a cell begin alike, however many are sent at once", () =>
  inWorld(async (world) => {
    plantModels(world, { [MODEL]: {} });
    const { code } = await world.tune(shortTune({ "max-batch-axis": "200", "stage2-replicates": "2" }));
    expect(code).toBe(0);
    const sent = world.provider.noted("request").filter((one) => one["replicate"] !== null);
    const starts = sent.map((one) => `${one.pid} ${String(one["promptStart"])}`);
    expect(starts.length).toBeGreaterThan(400);
    expect(new Set(starts).size).toBe(starts.length);
  }));

test("a prompt that really comes from a cache is still none", () =>
  inWorld(async (world) => {
    const models = plantModels(world, { "t/Cached": { templateTokens: 211, cachedTokens: 400 } });
    const { code, result } = await world.tune(shortTune({ "candidate-models": models, "target-context": "500" }));
    expect(code).toBe(3);
    expect(result.infeasible[0]?.reason).toMatch(
      /^400 prompt tokens came from a cache \(at most 2\d\d\); repeated 2 times$/,
    );
  }));
