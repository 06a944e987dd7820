// What passes as cached, and what does not; nothing here may touch the network.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createPreWarm, modelRevision } from "../../worker/prewarm.ts";
import { hubCacheFolder, listCompleteModels } from "../../worker/platform/hub-cache.ts";
import { commitOf, modelFiles, plantFolder, plantSnapshot, safetensors, without } from "../support/model-files.ts";
import { startHub, type HubServer } from "../support/hub-server.ts";

const id = "mlx-community/Tiny-1B-4bit";
let home: string;
let cache: string;
let hub: HubServer;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "prewarm-cache-"));
  cache = join(home, "cache");
  hub = await startHub({});
});

afterEach(async () => {
  expect(hub.requests).toEqual([]);
  await hub.close();
  rmSync(home, { recursive: true });
});

function preWarm(offline = true) {
  const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url };
  return createPreWarm({ env, homeDir: home, offline, workingDir: home });
}

const fetchOf = (model: string, offline = true) =>
  preWarm(offline).fetch(model, () => undefined, new AbortController().signal);

describe("a snapshot in the cache", () => {
  test("a complete one is ready without a network, and says what its files say", async () => {
    const files = modelFiles({ shards: 2, tensorBytes: 2000 });
    const directory = plantSnapshot(cache, id, files);
    const weights = {
      directory,
      tensorBytes: 2000,
      kvBytesPerToken: 512,
      stopTokens: ["</s>", "<|tiny_end|>"],
      revision: commitOf(files),
    };
    expect(await fetchOf(id, false)).toEqual({ state: "ready", weights });
    expect(await preWarm().inspect(id)).toEqual(weights);
    expect(await modelRevision({ env: { HF_HUB_CACHE: cache }, homeDir: home }, id)).toBe(commitOf(files));
  });

  test.each(["model-00002-of-00002.safetensors", "config.json"])("without %s it is not cached", async (name) => {
    unlinkSync(join(plantSnapshot(cache, id, modelFiles({ shards: 2 })), name));
    await expectTransientOffline();
  });

  test("with a link that leads nowhere it is not cached", async () => {
    unlinkSync(realpathSync(join(plantSnapshot(cache, id, modelFiles({ shards: 2 })), "tokenizer_config.json")));
    await expectTransientOffline();
  });

  test("with a half-finished download among its blobs it is not cached", async () => {
    plantSnapshot(cache, id, modelFiles());
    writeFileSync(join(cache, "models--mlx-community--Tiny-1B-4bit", "blobs", "abc.incomplete"), "x");
    await expectTransientOffline();
  });

  test("without refs/main it is not cached: no provider would find it", async () => {
    plantSnapshot(cache, id, modelFiles());
    unlinkSync(join(cache, "models--mlx-community--Tiny-1B-4bit", "refs", "main"));
    await expectTransientOffline();
  });

  test("with a missing shard of an unindexed series it is not cached", async () => {
    const files = without(modelFiles({ shards: 2 }), "model.safetensors.index.json");
    const directory = plantSnapshot(cache, id, files);
    expect(await fetchOf(id)).toMatchObject({ state: "ready" });
    unlinkSync(join(directory, "model-00001-of-00002.safetensors"));
    await expectTransientOffline();
  });

  test("with a weight file one byte short it is not cached, and offline it is an integrity failure", async () => {
    const path = realpathSync(join(plantSnapshot(cache, id, modelFiles({ tensorBytes: 5000 })), "model.safetensors"));
    truncateSync(path, safetensors(5000).length - 1);
    await expectIntegrity(id, /model.safetensors is cut off/);
  });

  test("with a broken header it is an integrity failure even where the Hub could be asked", async () => {
    const directory = plantSnapshot(cache, id, modelFiles());
    writeFileSync(realpathSync(join(directory, "model.safetensors")), "<!DOCTYPE html><html></html>");
    await expectIntegrity(id, /model.safetensors is broken/, false);
  });

  test("without a tokenizer it is an integrity failure offline", async () => {
    unlinkSync(join(plantSnapshot(cache, id, modelFiles()), "tokenizer.json"));
    await expectIntegrity(id, /tokenizer is missing/);
  });

  test("HF_HUB_OFFLINE counts as --offline", async () => {
    const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url, HF_HUB_OFFLINE: "1" };
    const offline = createPreWarm({ env, homeDir: home, offline: false });
    const result = await offline.fetch(id, () => undefined, new AbortController().signal);
    expect(result).toMatchObject({ state: "transient", reason: expect.stringContaining("offline") });
  });

  async function expectTransientOffline() {
    expect(await preWarm().inspect(id)).toBeNull();
    expect(await listCompleteModels({ env: { HF_HUB_CACHE: cache }, homeDir: home })).toEqual([]);
    const result = await fetchOf(id);
    expect(result.state === "transient" && result.reason).toMatch(
      /^pre-warm transient: mlx-community\/Tiny-1B-4bit: offline, and .*--offline/,
    );
  }
});

describe("a local folder", () => {
  test("is a candidate by absolute path, by relative path, and from the home folder", async () => {
    const directory = plantFolder(join(home, "models", "tiny"), modelFiles());
    for (const model of [directory, "./models/tiny", "models/tiny", "~/models/tiny"])
      expect(await fetchOf(model)).toMatchObject({
        state: "ready",
        weights: { directory, tensorBytes: 1000, revision: null },
      });
  });

  test("a missing shard is transient: what is there is right, only not all of it", async () => {
    const directory = plantFolder(join(home, "tiny"), modelFiles({ shards: 2 }));
    unlinkSync(join(directory, "model-00002-of-00002.safetensors"));
    expect(await fetchOf(directory)).toEqual({
      state: "transient",
      reason: `pre-warm transient: ${directory}: model-00002-of-00002.safetensors is missing; complete the folder ${directory}`,
    });
    expect(await preWarm().inspect(directory)).toBeNull();
  });

  test("a folder that is not there is transient", async () => {
    expect(await fetchOf(join(home, "nowhere"))).toMatchObject({ state: "transient" });
  });

  test("a missing tokenizer, a broken header and a cut-off file are integrity failures", async () => {
    const directory = plantFolder(join(home, "tiny"), modelFiles());
    unlinkSync(join(directory, "tokenizer.json"));
    await expectIntegrity(directory, /tokenizer is missing/);
    plantFolder(directory, modelFiles());
    appendFileSync(join(directory, "model.safetensors"), "rest");
    await expectIntegrity(directory, /model.safetensors is broken/);
    truncateSync(join(directory, "model.safetensors"), 500);
    await expectIntegrity(directory, /model.safetensors is cut off/);
  });

  test("an index that names a path outside the folder is an integrity failure", async () => {
    const directory = plantFolder(join(home, "tiny"), modelFiles({ shards: 2 }));
    writeFileSync(
      join(directory, "model.safetensors.index.json"),
      JSON.stringify({ weight_map: { a: "../secret.safetensors" } }),
    );
    await expectIntegrity(directory, /lists no weight files/);
  });
});

test("a candidate that is neither a folder nor an id is transient", async () => {
  for (const model of ["a/b/c", "../x/y", "org/..", "org/na me", ""])
    expect(await fetchOf(model, false)).toMatchObject({ state: "transient" });
});

test("inspecting writes nothing, not even the cache folder", async () => {
  expect(await preWarm(false).inspect(id)).toBeNull();
  expect(readdirSync(home)).toEqual([]);
});

test("complete models are listed with the largest weights first, without embedders and unfinished ones", async () => {
  const location = { env: { HF_HUB_CACHE: cache }, homeDir: home };
  expect(await listCompleteModels(location)).toEqual([]);
  plantSnapshot(cache, "org/small", modelFiles({ tensorBytes: 100 }));
  plantSnapshot(cache, "org/large", modelFiles({ tensorBytes: 9000, shards: 2 }));
  plantSnapshot(cache, "middle", modelFiles({ tensorBytes: 500 }));
  const embedder = { ...modelFiles(), "config.json": Buffer.from('{"architectures":["BertModel"]}') };
  plantSnapshot(cache, "org/embedder", embedder);
  unlinkSync(join(plantSnapshot(cache, "org/partial", modelFiles()), "model.safetensors"));
  mkdirSync(join(cache, "datasets--org--text", "snapshots"), { recursive: true });
  expect(await listCompleteModels(location)).toEqual([
    { id: "org/large", tensorBytes: 9000 },
    { id: "middle", tensorBytes: 500 },
    { id: "org/small", tensorBytes: 100 },
  ]);
});

test("the cache lies where the environment says, else in the home folder", () => {
  const folder = (env: NodeJS.ProcessEnv) => hubCacheFolder({ env, homeDir: "/home/me" });
  expect(folder({ HF_HUB_CACHE: "/a", HF_HOME: "/b" })).toBe("/a");
  expect(folder({ HF_HUB_CACHE: "", HF_HOME: "~/b" })).toBe("/home/me/b/hub");
  expect(folder({ XDG_CACHE_HOME: "/c" })).toBe("/c/huggingface/hub");
  expect(folder({})).toBe("/home/me/.cache/huggingface/hub");
});

async function expectIntegrity(model: string, text: RegExp, offline = true) {
  const failure = fetchOf(model, offline);
  await expect(failure).rejects.toMatchObject({ name: "AutotuneError", code: "pre_warm_integrity_failure" });
  await expect(failure).rejects.toThrow(text);
  expect(await preWarm().inspect(model)).toBeNull();
}
