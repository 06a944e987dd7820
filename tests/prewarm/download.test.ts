// Downloads from a stand-in of the Hub over real HTTP: what succeeds, what fails and how, and what is left in the cache.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
} from "node:fs";
import { realpathSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createPreWarm, type PreWarmOptions } from "../../worker/platform/hub/prewarm.ts";
import { SPARE_BYTES } from "../../worker/platform/hub/hub-download.ts";
import { asTransient } from "../../worker/platform/hub/hub-failure.ts";
import { diskSize } from "../../worker/core/units.ts";
import { blobHash, commitOf, modelFiles, plantSnapshot, safetensors, without } from "../support/servers/model-files.ts";
import { startHub, type HubServer } from "../support/servers/hub-server.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const id = "mlx-community/Tiny-1B-4bit";
const token = "hf_secretsecretsecret";
const weightsFile = "model.safetensors";
let home: string;
let cache: string;
let hub: HubServer;
let blobs: string;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "prewarm-download-"));
  cache = join(home, "cache");
  blobs = join(cache, "models--mlx-community--Tiny-1B-4bit", "blobs");
  hub = await startHub({ [id]: modelFiles({ tensorBytes: 1_000_000 }) });
});

afterEach(async () => {
  await hub.close();
  removeFolder(home);
});

function preWarm(changes: Partial<PreWarmOptions> = {}) {
  const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: `${hub.url}/`, HF_TOKEN: token };
  return createPreWarm({ env, homeDir: home, offline: false, retryDelaysMs: [5, 10], ...changes });
}

function fetchTiny(changes: Partial<PreWarmOptions> = {}, signal = new AbortController().signal, model = id) {
  return preWarm(changes).fetch(model, () => undefined, signal);
}

async function expectTransient(text: RegExp, changes: Partial<PreWarmOptions> = {}, model = id) {
  const result = await fetchTiny(changes, undefined, model);
  const reason = result.state === "transient" ? result.reason : "it was ready";
  expect(reason).toMatch(/^pre-warm transient: /);
  expect(reason).toContain(model);
  expect(reason).toMatch(text);
  expect(reason).not.toContain(token);
  await expectNotCached();
}

/** Neither we nor anybody who trusts refs/main or a snapshot folder may take the model for whole. */
async function expectNotCached() {
  expect(await preWarm().inspect(id)).toBeNull();
  const folder = join(cache, "models--mlx-community--Tiny-1B-4bit");
  expect(existsSync(join(folder, "refs", "main"))).toBe(false);
  expect(existsSync(join(folder, "snapshots"))).toBe(false);
}

async function expectIntegrity(changes: Partial<PreWarmOptions> = {}) {
  const failure = fetchTiny(changes);
  await expect(failure).rejects.toMatchObject({ name: "AutotuneError", code: "pre_warm_integrity_failure" });
  await expect(failure).rejects.toThrow(id);
  expect(await preWarm().inspect(id)).toBeNull();
}

const weightsHash = () => blobHash(weightsFile, hub.models[id]?.[weightsFile] ?? Buffer.alloc(0));
const storeRanges = () => hub.requests.filter((r) => r.store && r.range !== "bytes=0-0").map((r) => r.range);

describe("a download", () => {
  test("leaves a complete snapshot in the cache's own layout, without code and papers", async () => {
    const files = hub.models[id] ?? {};
    const result = await fetchTiny();
    const directory = join(blobs, "..", "snapshots", commitOf(files));
    expect(result).toMatchObject({
      state: "ready",
      weights: { directory, tensorBytes: 1_000_000, kvBytesPerToken: 512, revision: commitOf(files) },
    });
    expect(readdirSync(directory).sort()).toEqual([
      "config.json",
      weightsFile,
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(realpathSync(join(directory, weightsFile))).toBe(realpathSync(join(blobs, weightsHash())));
    expect(readFileSync(join(directory, weightsFile)).equals(files[weightsFile] ?? Buffer.alloc(0))).toBe(true);
    expect(readFileSync(join(blobs, "..", "refs", "main"), "utf8")).toBe(commitOf(files));
    expect(readdirSync(blobs).filter((name) => name.endsWith(".incomplete"))).toEqual([]);
    expect(await preWarm().inspect(id)).toEqual(result.state === "ready" && result.weights);
  });

  test("is not repeated once it is complete, also when the Hub is gone", async () => {
    await fetchTiny();
    await hub.close();
    const asked = hub.requests.length;
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(hub.requests.length).toBe(asked);
  });

  test("takes of several shards those that the index names, and no other weights", async () => {
    hub.models[id] = modelFiles({ shards: 2, tensorBytes: 4000 });
    expect(await fetchTiny()).toMatchObject({ state: "ready", weights: { tensorBytes: 4000 } });
    expect(hub.requests.some((request) => request.path.includes("consolidated"))).toBe(false);
  });

  test("reports bytes over all files, rising to the total", async () => {
    const seen: [number, number][] = [];
    await preWarm().fetch(id, (done, total) => seen.push([done, total]), new AbortController().signal);
    const wanted = without(hub.models[id] ?? {}, "README.md", "modeling_tiny.py");
    const total = Object.values(wanted).reduce((sum, content) => sum + content.length, 0);
    expect(seen[0]).toEqual([0, total]);
    expect(seen.at(-1)).toEqual([total, total]);
    expect(seen.every(([done], i) => i === 0 || done >= (seen[i - 1]?.[0] ?? 0))).toBe(true);
  });

  test("sends the token to the Hub and not to the store that it redirects to", async () => {
    await fetchTiny();
    const sent = (store: boolean) => new Set(hub.requests.filter((r) => r.store === store).map((r) => r.authorization));
    expect(sent(false)).toEqual(new Set([`Bearer ${token}`]));
    expect(sent(true)).toEqual(new Set([null]));
  });

  test("completes a partially downloaded snapshot and fetches only what is missing", async () => {
    const directory = plantSnapshot(cache, id, hub.models[id] ?? {});
    const blob = realpathSync(join(directory, weightsFile));
    unlinkSync(join(directory, weightsFile));
    writeFileSync(`${blob}.incomplete`, readFileSync(blob).subarray(0, 400_000));
    unlinkSync(blob);
    expect(await preWarm().inspect(id)).toBeNull();
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(storeRanges()).toEqual(["bytes=400000-"]);
    expect(hub.requests.some((r) => r.path.endsWith("/tokenizer.json"))).toBe(false);
  });

  test("replaces a weight file that is shorter than its header says", async () => {
    const directory = plantSnapshot(cache, id, hub.models[id] ?? {});
    truncateSync(realpathSync(join(directory, weightsFile)), 500_000);
    expect(await fetchTiny()).toMatchObject({ state: "ready", weights: { tensorBytes: 1_000_000 } });
  });

  test("brings a tokenizer that a snapshot lacks", async () => {
    unlinkSync(join(plantSnapshot(cache, id, hub.models[id] ?? {}), "tokenizer.json"));
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(storeRanges()).toEqual([]);
  });

  test("is not needed where only somebody else's half-finished file is in the way", async () => {
    plantSnapshot(cache, id, hub.models[id] ?? {});
    const [own, foreign] = [weightsHash(), "0".repeat(64)].map((hash) => join(blobs, `${hash}.incomplete`));
    for (const path of [own, foreign]) writeFileSync(path ?? "", "x");
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(hub.requests.filter((request) => request.path.includes("/resolve/"))).toEqual([]);
    expect([own, foreign].map((path) => existsSync(path ?? ""))).toEqual([false, true]);
  });

  test("starts anew when what it resumed turns out wrong", async () => {
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${weightsHash()}.incomplete`), Buffer.alloc(300_000, 99));
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(storeRanges()).toEqual(["bytes=300000-", null]);
  });

  test("copes with a server that ignores ranges", async () => {
    hub.scenario = { ignoreRange: true };
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, `${weightsHash()}.incomplete`), Buffer.alloc(300_000, 99));
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(storeRanges()).toEqual(["bytes=300000-"]);
  });

  test("gets over a short outage and over connections that break off", async () => {
    hub.scenario = { failFirst: 2, cutAfterBytes: 400_000, cuts: 2 };
    expect(await fetchTiny()).toMatchObject({ state: "ready", weights: { tensorBytes: 1_000_000 } });
  });

  test("needs no token", async () => {
    const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url };
    expect(await fetchTiny({ env })).toMatchObject({ state: "ready" });
    expect(new Set(hub.requests.map((request) => request.authorization))).toEqual(new Set([null]));
  });
});

describe("a transient failure", () => {
  test("503 after three attempts", async () => {
    hub.scenario = { status: 503 };
    await expectTransient(/answered 503.*try again later/);
    expect(hub.requests.length).toBe(3);
  });

  test("401 at once: with a token its rights are the remedy, without one HF_TOKEN", async () => {
    hub.scenario = { status: 401 };
    await expectTransient(/answered 401.*check that HF_TOKEN may read it/);
    await expectTransient(/answered 401.*set HF_TOKEN/, { env: { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url } });
    expect(hub.requests.length).toBe(2);
  });

  test("403 of a gated model, at once", async () => {
    hub.scenario = { status: 403 };
    await expectTransient(/answered 403.*accept its terms/);
    expect(hub.requests.length).toBe(1);
  });

  test("404 of an unknown id, at once", async () => {
    await expectTransient(/answered 404: there is no such model/, {}, "mlx-community/Unknown");
    expect(hub.requests.length).toBe(1);
  });

  test("no Hub at its address", async () => {
    await hub.close();
    await expectTransient(/ECONNREFUSED.*check the network/);
  });

  test("a body that always breaks off: not cached, and a later fetch goes on where it stopped", async () => {
    hub.models[id] = modelFiles({ tensorBytes: 8_000_000 });
    hub.scenario = { cutAfterBytes: 300_000 };
    await expectTransient(/connection to the Hub.*failed/);
    const partial = join(blobs, `${weightsHash()}.incomplete`);
    const bytes = statSync(partial).size;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(900_000);
    hub.scenario = {};
    expect(await fetchTiny()).toMatchObject({ state: "ready", weights: { tensorBytes: 8_000_000 } });
    expect(storeRanges().at(-1)).toBe(`bytes=${bytes}-`);
  });

  test("a Hub that never answers, or stops within a file", async () => {
    hub.scenario = { hang: "requests" };
    await expectTransient(/sent nothing for 0.1 s/, { stallTimeoutMs: 100, retryDelaysMs: [] });
    hub.scenario = { hang: "bodies" };
    await expectTransient(/sent nothing for 0.1 s/, { stallTimeoutMs: 100, retryDelaysMs: [] });
  });

  test("a disk without room: both numbers in the reason, nothing fetched", async () => {
    const needed = Object.entries(hub.models[id] ?? {})
      .filter(([path]) => /\.(json|safetensors)$/.test(path))
      .reduce((sum, [, content]) => sum + content.length, SPARE_BYTES);
    const disk = { freeBytes: () => Promise.resolve(needed - 1) };
    await expectTransient(
      new RegExp(`needs ${diskSize(needed)} and ${diskSize(needed - 1)} are free.*HF_HUB_CACHE`),
      disk,
    );
    expect(storeRanges()).toEqual([]);
    expect(await fetchTiny({ freeBytes: () => Promise.resolve(needed) })).toMatchObject({ state: "ready" });
  });

  (existsSync("/dev/full") ? test : test.skip)(
    "a disk that fills up while writing; the partial is given back",
    async () => {
      mkdirSync(blobs, { recursive: true });
      const partial = join(blobs, `${weightsHash()}.incomplete`);
      symlinkSync("/dev/full", partial);
      await expectTransient(/the disk is full \(ENOSPC\)/);
      expect(existsSync(partial)).toBe(false);
    },
  );

  test("offline asks nobody", async () => {
    await expectTransient(/offline/, { offline: true });
    expect(hub.requests).toEqual([]);
  });

  test("an answer that is not the Hub's", async () => {
    for (const portal of ["<html>please log in</html>", "null", "[]", '{"sha":"main"}']) {
      hub.scenario = { portal };
      await expectTransient(/does not add up/);
    }
  });

  test("an endpoint or a token that cannot be used is named, its value is not", async () => {
    const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: "http://me:password@127.0.0.1:1" };
    const result = await fetchTiny({ env });
    expect(result).toMatchObject({ state: "transient", reason: expect.stringContaining("HF_ENDPOINT") });
    expect(JSON.stringify(result)).not.toContain("password");
    const bad = await fetchTiny({ env: { ...env, HF_ENDPOINT: hub.url, HF_TOKEN: "open sesame" } });
    expect(bad).toMatchObject({ state: "transient", reason: expect.stringContaining("HF_TOKEN") });
    expect(JSON.stringify(bad)).not.toContain("sesame");
  });

  test("another endpoint gets an HF_TOKEN of its own form, never the public Hub's from the token file", async () => {
    const tokenFile = join(home, ".cache/huggingface/token");
    mkdirSync(dirname(tokenFile), { recursive: true });
    writeFileSync(tokenFile, "hf_of_the_public_hub");
    await fetchTiny({ env: { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url } });
    expect(hub.requests.length).toBeGreaterThan(3);
    expect(hub.requests.map((request) => request.authorization)).toEqual(hub.requests.map(() => null));
    hub.requests.length = 0;
    removeFolder(cache);
    await fetchTiny({ env: { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url, HF_TOKEN: "mirror-token" } });
    const sent = (store: boolean) =>
      new Set(hub.requests.filter((one) => one.store === store).map((one) => one.authorization));
    expect([sent(false), sent(true)]).toEqual([new Set(["Bearer mirror-token"]), new Set([null])]);
  });

  test("a repository that is no MLX model, or lacks a shard that its index names", async () => {
    const cases = {
      "no config.json": without(modelFiles(), "config.json"),
      "no safetensors": without(modelFiles(), weightsFile),
      "lacks model-00001": without(modelFiles({ shards: 2 }), "model-00001-of-00002.safetensors"),
    };
    for (const [text, files] of Object.entries(cases)) {
      hub.models[id] = files;
      await expectTransient(new RegExp(text));
    }
  });

  test("a cache folder that cannot be written", async () => {
    writeFileSync(cache, "a file where the folder should be");
    const result = await fetchTiny();
    expect(result).toMatchObject({ state: "transient", reason: expect.stringMatching(/cannot be written \(\w+\)/) });
    // macOS' privacy, where there is one.
    const hidden = Object.assign(new Error("operation not permitted"), { code: "EPERM" });
    expect(asTransient(hidden, "h")?.message).toMatch(
      /cannot be written: .*not permit it \(EPERM\); .*, or set HF_HUB/,
    );
  });
});

describe("an integrity failure", () => {
  test("other bytes of the same length; the bad blob is gone and the next fetch is clean", async () => {
    hub.scenario = { wrongBody: weightsFile };
    await expectIntegrity();
    await expectNotCached();
    expect(readdirSync(blobs).filter((name) => name.startsWith(weightsHash()))).toEqual([]);
    hub.scenario = {};
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
  });

  test("a whole file of another length than the list says", async () => {
    hub.scenario = { otherBody: { path: weightsFile, content: safetensors(1234) } };
    await expectIntegrity();
    await expectNotCached();
  });

  test("a small file that is not what the list says", async () => {
    hub.scenario = { wrongBody: "tokenizer.json" };
    await expectIntegrity();
    await expectNotCached();
  });

  test("a weight file with the right hash and a broken header", async () => {
    hub.models[id] = { ...modelFiles(), [weightsFile]: Buffer.from("this is no safetensors file at all") };
    await expectIntegrity();
  });
});

describe("an odd model, which ends no run", () => {
  test("a repository without a tokenizer is passed over before any weights are fetched", async () => {
    hub.models[id] = without(modelFiles(), "tokenizer.json");
    const result = await fetchTiny();
    expect(result.state === "transient" && result.reason).toMatch(/Tiny-1B-4bit: its repository has no tokenizer$/);
    expect(storeRanges()).toEqual([]);
  });

  test.each([
    [
      "a bare Infinity in config.json",
      { "config.json": '{"model_type": "nemotron_h", "time_step_limit": [0.0, Infinity]}' },
    ],
    [
      "an index of another form",
      { "model.safetensors.index.json": '{"weight_map": {"a": "model-00001-of-00002.safetensors"}}' },
    ],
    ["an index that is none", { "model.safetensors.index.json": "[]" }],
  ])("with %s it is fetched and whole", async (_name, texts) => {
    const odd = Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const);
    hub.models[id] = { ...modelFiles(), ...Object.fromEntries(odd) };
    expect(await fetchTiny()).toMatchObject({ state: "ready", weights: { tensorBytes: 1000 } });
    expect(await preWarm().inspect(id)).not.toBeNull();
  });

  test.each(["tiktoken.model", "tekken.json", "vocab.bpe", "tokenizer.model"])(
    "with %s as its tokenizer it is fetched and whole",
    async (name) => {
      hub.models[id] = { ...without(modelFiles(), "tokenizer.json"), [name]: Buffer.from("{}") };
      const result = await fetchTiny();
      expect(result.state).toBe("ready");
      expect(readdirSync(result.state === "ready" ? (result.weights.directory ?? "") : "")).toContain(name);
    },
  );

  test("with other than JSON in config.json it is passed over, though the Hub has it so", async () => {
    hub.models[id] = { ...modelFiles(), "config.json": Buffer.from("<html>") };
    const result = await fetchTiny();
    expect(result.state === "transient" && result.reason).toContain("config.json is not JSON");
  });

  test("a cached one whose tokenizer has no known form is served from the cache when the Hub cannot be had", async () => {
    plantSnapshot(cache, id, without(modelFiles(), "tokenizer.json"));
    hub.scenario = { status: 500 };
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    hub.scenario = {};
    expect(await fetchTiny()).toMatchObject({ state: "ready", weights: { stopTokens: ["</s>", "<|tiny_end|>"] } });
  });
});

describe("an abort", () => {
  test.each(["requests", "bodies"] as const)(
    "ends a hanging connection (%s) at once with the signal's reason",
    async (hang) => {
      hub.scenario = { hang };
      const stop = new AbortController();
      const reason = new Error("stopped by the user");
      const failure = expect(fetchTiny({}, stop.signal)).rejects.toBe(reason);
      await until(() => hub.requests.some((r) => hang === "requests" || (r.store && r.range === null)));
      stop.abort(reason);
      await failure;
      await expectNotCached();
    },
  );

  test("ends the pause before another attempt", async () => {
    hub.scenario = { status: 503 };
    const stop = new AbortController();
    const reason = new Error("stopped by the user");
    const failure = expect(fetchTiny({ retryDelaysMs: [600_000] }, stop.signal)).rejects.toBe(reason);
    await until(() => hub.requests.length === 1);
    stop.abort(reason);
    await failure;
  });

  test("before the start means no request", async () => {
    const reason = new Error("stopped by the user");
    await expect(fetchTiny({}, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(hub.requests).toEqual([]);
  });

  test("leaves a partial from which a later fetch goes on", async () => {
    hub.scenario = { hang: "bodies" };
    const stop = new AbortController();
    const failure = expect(fetchTiny({}, stop.signal)).rejects.toThrow("stopped");
    const partial = join(blobs, `${weightsHash()}.incomplete`);
    await until(() => existsSync(partial) && statSync(partial).size > 100_000);
    stop.abort(new Error("stopped"));
    await failure;
    hub.scenario = {};
    expect(await fetchTiny()).toMatchObject({ state: "ready" });
    expect(storeRanges().at(-1)).toMatch(/^bytes=[1-9]/);
  });
});

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  while (!condition() && performance.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
