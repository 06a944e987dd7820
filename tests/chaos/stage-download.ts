// A run that fetches its model from a stand-in of the Hub: at every step the cache holds no snapshot that passes for whole and is not.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../support/worlds/drain-world.ts";
import { startHub, type HubScenario } from "../support/servers/hub-server.ts";
import { blobHash, commitOf, modelFiles, without, type ModelFiles } from "../support/servers/model-files.ts";
import { createWorld, type World } from "../support/worlds/program.ts";
import { MODEL, shortTune } from "../support/worlds/short-tune.ts";
import type { Stage } from "./stage.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const FILES: ModelFiles = modelFiles({ tensorBytes: 200_000, shards: 2 });
/** What a run fetches of them. */
const WANTED = without(FILES, "README.md", "modeling_tiny.py", "consolidated.safetensors");

export interface DownloadPlay {
  always?: readonly string[];
  hub?: HubScenario;
  /** Put into the cache before each play. @param blobs its folder */
  leftovers?(blobs: string, hashOf: (path: string) => string): void;
}

export async function openDownloadStage(options: DownloadPlay): Promise<Stage> {
  const world = await createWorld({ models: { [MODEL]: { loadMs: 20, ttftMs: 10, interTokenMs: 1 } } });
  const hub = await startHub({ [MODEL]: FILES });
  hub.scenario = options.hub ?? {};
  const folder = join(world.home, ".cache/huggingface/hub", `models--${MODEL.replace("/", "--")}`);
  await world.run(["runs"]); // tables first: where a database begins is stopped elsewhere
  const args = world.tuneArgs(["--json", ...shortTune()]);
  return {
    ...{ home: world.home, dbPath: world.dbPath, always: options.always ?? [] },
    prepare: () => {
      removeFolder(folder);
      mkdirSync(join(folder, "blobs"), { recursive: true });
      options.leftovers?.(join(folder, "blobs"), (path) => blobHash(path, FILES[path] ?? Buffer.alloc(0)));
    },
    start: (env) => world.start(args, { ...env, HF_ENDPOINT: hub.url }),
    look: () => cacheProblems(folder),
    complete: async () => {
      const { code, stderr } = await world.run(args, { HF_ENDPOINT: hub.url });
      const failed: Problem[] =
        code === 0 ? [] : [{ kind: "torn", what: `the next run ended with ${code}: ${stderr}` }];
      const unfinished = readdirSync(join(folder, "blobs")).filter((name) => name.endsWith(".incomplete"));
      const left: Problem[] =
        unfinished.length === 0 ? [] : [{ kind: "torn", what: `left behind: ${unfinished.join()}` }];
      return [...failed, ...left, ...cacheProblems(folder), ...stateProblems(world)];
    },
    close: async () => {
      await hub.close();
      await world.close();
    },
  };
}

/** `refs/main` is written last, so whoever sees it sees a whole model. */
function cacheProblems(folder: string): Problem[] {
  const ref = join(folder, "refs/main");
  if (!existsSync(ref)) return [];
  const commit = readFileSync(ref, "utf8");
  if (commit !== commitOf(FILES)) return [{ kind: "torn", what: `refs/main says ${commit}` }];
  return Object.entries(WANTED).flatMap(([path, content]): Problem[] => {
    const linked = join(folder, "snapshots", commit, path);
    const there =
      statSync(linked, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(linked) : Buffer.alloc(0);
    return sha(there) === sha(content) ? [] : [{ kind: "torn", what: `${path} is not whole, and refs/main is there` }];
  });
}

const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

function stateProblems(world: World): Problem[] {
  const found: Problem[] = [];
  if (world.orphans().length > 0) found.push({ kind: "orphan", what: `candidates live: ${world.orphans().join()}` });
  const active = world.rows("SELECT * FROM tune_active");
  if (active.length > 0) found.push({ kind: "torn", what: "a run counts as active" });
  return found;
}

/** Shards and side files as broken downloads of all kinds leave them. */
export function plantBroken(blobs: string, hashOf: (path: string) => string): void {
  const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const part = (path: string, bytes: Buffer) => writeFileSync(join(blobs, `${hashOf(path)}.incomplete`), bytes);
  // Longer than the file; a start that the server does not go on from.
  part(first, Buffer.alloc(150_000));
  part(second, (FILES[second] ?? Buffer.alloc(0)).subarray(0, 50_000));
  const config = FILES["config.json"] ?? Buffer.alloc(0);
  writeFileSync(join(blobs, hashOf("config.json")), Buffer.alloc(config.length, "x"));
  // Whole, with a partial beside it.
  writeFileSync(join(blobs, hashOf("tokenizer.json")), FILES["tokenizer.json"] ?? "");
  part("tokenizer.json", Buffer.from("{"));
}
