// What passes as cached, and what does not; nothing here may touch the network.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createPreWarm, modelRevision } from "../../worker/platform/hub/prewarm.ts";
import { foreignFiles } from "../../worker/platform/files/foreign-files.ts";
import { createForeignReader } from "../../worker/platform/files/foreign-reader.ts";
import { checkSnapshot, hubCacheFolder, listCompleteModels } from "../../worker/platform/hub/hub-cache.ts";
import { checkModelFolder } from "../../worker/platform/hub/model-folder.ts";
import {
  blobHash,
  commitOf,
  modelFiles,
  plantFolder,
  plantSnapshot,
  safetensors,
  without,
} from "../support/servers/model-files.ts";
import { startHub, type HubServer } from "../support/servers/hub-server.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const id = "mlx-community/Tiny-1B-4bit";
const NEVER = new AbortController().signal;
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
  removeFolder(home);
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
      trainedPositions: null,
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

  test("without anything that could be a tokenizer it is not cached", async () => {
    const directory = plantSnapshot(cache, id, modelFiles());
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) unlinkSync(join(directory, name));
    await expectTransientOffline();
  });

  test("with only a trace of a tokenizer its server will tell, but it is no candidate that nobody named", async () => {
    unlinkSync(join(plantSnapshot(cache, id, modelFiles()), "tokenizer.json"));
    expect(await fetchOf(id)).toMatchObject({ state: "ready" });
    expect(await listed()).toEqual({
      ids: [],
      leftOut: [[id, "its tokenizer has no form that servers are known to read"]],
    });
  });

  test.each([
    ["config.json is not JSON", "config.json", "<html>"],
    ["config.json is not JSON", "config.json", ""],
  ])("with other than weights wrong (%s) it does not end a run", async (reason, name, content) => {
    plantSnapshot(cache, id, { ...modelFiles(), [name]: Buffer.from(content) });
    const result = await fetchOf(id);
    expect(result.state === "transient" && result.reason).toContain(reason);
  });

  test.each(["config.json", "tokenizer_config.json", "generation_config.json", "special_tokens_map.json"])(
    "with Infinity and NaN in %s, as Python writes them, it is whole",
    async (name) => {
      const files = modelFiles();
      const odd = (files[name]?.toString() ?? "{}")
        .replace("{", '{"limit": [0.0, Infinity], "coef": NaN, ')
        .replace(", }", "}");
      plantSnapshot(cache, id, { ...files, [name]: Buffer.from(odd) });
      expect(await fetchOf(id)).toMatchObject({ state: "ready", weights: { kvBytesPerToken: 512 } });
      expect((await listed()).ids).toEqual([id]);
    },
  );

  test.each(["tiktoken.model", "tekken.json", "qwen.tiktoken", "tokenizer.model", "vocab.json"])(
    "with %s as its tokenizer it is whole",
    async (name) => {
      plantSnapshot(cache, id, { ...without(modelFiles(), "tokenizer.json"), [name]: Buffer.from("{}") });
      expect((await listed()).ids).toEqual([id]);
    },
  );

  test("with the index of another form beside its whole weights it is whole", async () => {
    const index = {
      "model.safetensors.index.json": modelFiles({ shards: 2 })["model.safetensors.index.json"] ?? Buffer.of(),
    };
    plantSnapshot(cache, id, { ...modelFiles({ tensorBytes: 3000 }), ...index });
    expect(await fetchOf(id)).toMatchObject({ state: "ready", weights: { tensorBytes: 3000 } });
    plantSnapshot(cache, id, {
      ...modelFiles({ tensorBytes: 3000 }),
      "model.safetensors.index.json": Buffer.from("{}"),
    });
    expect(await fetchOf(id)).toMatchObject({ state: "ready" });
  });

  test("with leftovers of other downloads among its blobs it is whole", async () => {
    const files = modelFiles();
    const blobs = join(cache, "models--mlx-community--Tiny-1B-4bit", "blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(join(blobs, "0ld.incomplete"), "given up before the snapshot was finished");
    utimesSync(join(blobs, "0ld.incomplete"), 1_700_000_000, 1_700_000_000);
    plantSnapshot(cache, id, files);
    const hash = blobHash("model.safetensors", files["model.safetensors"] ?? Buffer.of());
    for (const name of [`${hash}.incomplete`, `${hash}.7f3a91c2.incomplete`, "abc.7f3a91c2.incomplete"])
      writeFileSync(join(blobs, name), "x");
    expect(await fetchOf(id)).toMatchObject({ state: "ready" });
    expect((await listed()).ids).toEqual([id]);
  });

  test("HF_HUB_OFFLINE counts as --offline", async () => {
    const env = { HF_HUB_CACHE: cache, HF_ENDPOINT: hub.url, HF_HUB_OFFLINE: "1" };
    const offline = createPreWarm({ env, homeDir: home, offline: false });
    const result = await offline.fetch(id, () => undefined, new AbortController().signal);
    expect(result).toMatchObject({ state: "transient", reason: expect.stringContaining("offline") });
  });

  async function expectTransientOffline() {
    expect(await preWarm().inspect(id)).toBeNull();
    expect(await listed()).toEqual({ ids: [], leftOut: [] });
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

  test("a broken header, a cut-off file and no tokenizer in any form are integrity failures", async () => {
    const directory = plantFolder(join(home, "tiny"), modelFiles());
    appendFileSync(join(directory, "model.safetensors"), "rest");
    await expectIntegrity(directory, /model.safetensors is broken/);
    truncateSync(join(directory, "model.safetensors"), 500);
    await expectIntegrity(directory, /model.safetensors is cut off/);
    plantFolder(directory, modelFiles());
    for (const name of ["tokenizer.json", "tokenizer_config.json"]) unlinkSync(join(directory, name));
    await expectIntegrity(directory, /there is no tokenizer in any form/);
  });

  test("a pointer of Git LFS in place of the weights is transient, with what fetches them", async () => {
    const directory = plantFolder(join(home, "cloned"), modelFiles());
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"0".repeat(64)}\nsize 4295\n`;
    writeFileSync(join(directory, "model.safetensors"), pointer);
    await expectSkipped(directory, "model.safetensors is only a pointer of Git LFS (git lfs pull fetches it)");
  });

  test("an index that names a path outside the folder is not followed", async () => {
    const directory = plantFolder(join(home, "tiny"), modelFiles({ shards: 2 }));
    const index = JSON.stringify({ weight_map: { a: "../secret.safetensors" } });
    writeFileSync(join(directory, "model.safetensors.index.json"), index);
    expect(await fetchOf(directory)).toMatchObject({ state: "ready", weights: { tensorBytes: 1000 } });
  });

  test("a leftover of a download does not count beside the file, and does without it", async () => {
    const directory = plantFolder(join(home, "tiny"), modelFiles());
    writeFileSync(join(directory, "model.safetensors.1f2e.incomplete"), "x");
    expect(await fetchOf(directory)).toMatchObject({ state: "ready" });
    writeFileSync(join(directory, "chat_template.jinja.incomplete"), "x");
    await expectSkipped(directory, "chat_template.jinja.incomplete is a half-finished download");
  });

  test("what cannot be read skips the candidate and says why", async () => {
    const directory = plantFolder(join(home, "tiny"), without(modelFiles(), "config.json"));
    execFileSync("mkfifo", [join(directory, "config.json")]);
    await expectSkipped(directory, `${join(directory, "config.json")}: it is no file but a pipe`);
  });

  async function expectSkipped(directory: string, reason: string) {
    const result = await fetchOf(directory);
    expect(result.state === "transient" && result.reason).toContain(reason);
    expect(await preWarm().inspect(directory)).toBeNull();
  }
});

describe("an entry of the cache that cannot be read", () => {
  test("is left out by name, and the others are there", async () => {
    plantSnapshot(cache, id, modelFiles());
    const refs = join(cache, "models--org--On-External-Disk", "refs");
    mkdirSync(refs, { recursive: true });
    execFileSync("mkfifo", [join(refs, "main")]);
    expect(await listed()).toEqual({
      ids: [id],
      leftOut: [["org/On-External-Disk", `${join(refs, "main")}: it is no file but a pipe`]],
    });
    const result = await fetchOf("org/On-External-Disk", false);
    expect(result.state === "transient" && result.reason).toContain("it is no file but a pipe");
  });

  test("is told where the whole cache is one, and where only a model's own words are", async () => {
    symlinkSync(cache, cache);
    expect(await listed()).toEqual({ ids: [], leftOut: [["all", expect.stringContaining("ELOOP")]] });
    rmSync(cache);
    const readme = join(plantSnapshot(cache, id, modelFiles()), "README.md");
    rmSync(readme);
    execFileSync("mkfifo", [readme]);
    expect(await listed()).toEqual({ ids: [], leftOut: [[id, `${readme}: it is no file but a pipe`]] });
  });

  test("because macOS' privacy hides it is neither absent nor incomplete, and that is said", async () => {
    const directory = plantSnapshot(cache, id, modelFiles());
    const refuses = `process.on("message", () => process.send({ code: "EPERM", message: "operation not permitted" }))`;
    const hidden = foreignFiles(NEVER, createForeignReader([process.execPath, "-e", refuses]));
    const unreadable = { state: "unreadable", reason: expect.stringContaining("not permit it (EPERM)") };
    expect((await checkSnapshot(cache, id, hidden)).found).toEqual(unreadable);
    expect(await checkModelFolder(directory, hidden)).toEqual(unreadable);
  });

  test("an interrupt ends the look with its reason", async () => {
    plantSnapshot(cache, id, modelFiles());
    const signal = AbortSignal.abort(new Error("stopped by SIGINT"));
    await expect(listed(signal)).rejects.toThrow("stopped by SIGINT");
  });
});

async function listed(signal = new AbortController().signal) {
  const leftOut: string[][] = [];
  const location = { env: { HF_HUB_CACHE: cache }, homeDir: home };
  const found = await listCompleteModels(location, {
    signal,
    onLeftOut: ({ id, reason }) => leftOut.push([id, reason]),
  });
  return { ids: found.map((model) => model.id), leftOut };
}

test("a candidate that is neither a folder nor an id is transient", async () => {
  for (const model of ["a/b/c", "../x/y", "org/..", "org/na me", ""])
    expect(await fetchOf(model, false)).toMatchObject({ state: "transient" });
});

test("an interrupt within the look is the run's end at every moment, never a fault of the candidate", async () => {
  plantSnapshot(cache, id, modelFiles());
  for (let afterMs = 0; afterMs < 60; afterMs += 2) {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("budget exhausted")), afterMs);
    const seen = preWarm().fetch(id, () => undefined, stop.signal);
    const end = await seen.then(({ state }) => state).catch((error: Error) => error.message);
    expect(["ready", "budget exhausted"]).toContain(end);
  }
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
  plantSnapshot(cache, "org/Qwen3-Embedding-8B-4bit", { ...modelFiles(), "modules.json": Buffer.from("[]") });
  plantSnapshot(cache, "org/Speaker-3B", {
    ...modelFiles(),
    "README.md": Buffer.from("---\npipeline_tag: text-to-speech\n---"),
  });
  unlinkSync(join(plantSnapshot(cache, "org/partial", modelFiles()), "model.safetensors"));
  mkdirSync(join(cache, "datasets--org--text", "snapshots"), { recursive: true });
  expect(await listCompleteModels(location)).toEqual([
    { id: "org/large", tensorBytes: 9000 },
    { id: "middle", tensorBytes: 500 },
    { id: "org/small", tensorBytes: 100 },
  ]);
  expect((await listed()).leftOut).toEqual([
    ["org/Qwen3-Embedding-8B-4bit", "modules.json says that it is made for embeddings or ranking"],
    ["org/Speaker-3B", "its card says that it is made for text-to-speech"],
    ["org/embedder", "its config.json names no architecture that writes text"],
  ]);
});

test("the cache lies where the environment says, else in the home folder", () => {
  const folder = (env: NodeJS.ProcessEnv) => hubCacheFolder({ env, homeDir: "/home/me" });
  expect(folder({ HF_HUB_CACHE: "/a", HF_HOME: "/b" })).toBe("/a");
  expect(folder({ HF_HUB_CACHE: "", HF_HOME: "~/b" })).toBe("/home/me/b/hub");
  expect(folder({ XDG_CACHE_HOME: "/c" })).toBe("/c/huggingface/hub");
  expect(folder({ HUGGINGFACE_HUB_CACHE: "/d", HF_HOME: "/b" })).toBe("/d");
  // launchd hands on what a plist says as it stands; huggingface_hub expands it.
  expect(folder({ HF_HOME: "$HOME/b", HOME: "/home/me" })).toBe("/home/me/b/hub");
  expect(folder({ HF_HOME: "${SSD}/b$UNSET", SSD: "/Volumes/SSD" })).toBe("/Volumes/SSD/b$UNSET/hub");
  expect(folder({})).toBe("/home/me/.cache/huggingface/hub");
});

async function expectIntegrity(model: string, text: RegExp, offline = true) {
  const failure = fetchOf(model, offline);
  await expect(failure).rejects.toMatchObject({ name: "AutotuneError", code: "pre_warm_integrity_failure" });
  await expect(failure).rejects.toThrow(text);
  expect(await preWarm().inspect(model)).toBeNull();
}
