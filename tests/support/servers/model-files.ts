// Small models for tests: files of a repository, and a Hugging Face cache that holds them.
import { createHash } from "node:crypto";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export type ModelFiles = Record<string, Buffer>;

/** Make a valid safetensors file of one tensor with so many bytes. */
export function safetensors(tensorBytes: number, fill = 7): Buffer {
  const header = JSON.stringify({
    __metadata__: { format: "mlx" },
    "model.weight": { dtype: "U8", shape: [tensorBytes], data_offsets: [0, tensorBytes] },
  });
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(tensorBytes, fill)]);
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Files of a model with one weight file, or with two shards and an index. KV per token: 2 × 4 × 2 × 16 × 2 = 512 bytes. */
export function modelFiles(options: { tensorBytes?: number; shards?: 1 | 2; fill?: number } = {}): ModelFiles {
  const { tensorBytes = 1000, shards = 1, fill = 7 } = options;
  const common: ModelFiles = {
    "README.md": Buffer.from("# not needed"),
    "config.json": json({
      architectures: ["LlamaForCausalLM"],
      num_hidden_layers: 4,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      hidden_size: 128,
      eos_token_id: 2,
    }),
    "tokenizer.json": json({ added_tokens: [{ id: 2, content: "<|tiny_end|>" }] }),
    "tokenizer_config.json": json({ eos_token: "</s>", chat_template: "{{ messages }}" }),
    "modeling_tiny.py": Buffer.from("raise SystemExit"),
  };
  if (shards === 1) return { ...common, "model.safetensors": safetensors(tensorBytes, fill) };
  const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  return {
    ...common,
    "consolidated.safetensors": safetensors(tensorBytes, fill + 2),
    "model.safetensors.index.json": json({ weight_map: { a: first, b: second, c: second } }),
    [first]: safetensors(tensorBytes / 2, fill),
    [second]: safetensors(tensorBytes / 2, fill + 1),
  };
}

/** The same files without some of them. */
export function without(files: ModelFiles, ...names: string[]): ModelFiles {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
}

/** True for files that the Hub keeps as LFS objects. */
export function isLfs(path: string): boolean {
  return path.endsWith(".safetensors");
}

/** The hash that the Hub names a file by: SHA-256 for LFS, git's SHA-1 otherwise. */
export function blobHash(path: string, content: Buffer): string {
  if (isLfs(path)) return createHash("sha256").update(content).digest("hex");
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Commit id of a set of files. */
export function commitOf(files: ModelFiles): string {
  const hash = createHash("sha1");
  for (const [path, content] of Object.entries(files)) hash.update(path).update(content);
  return hash.digest("hex");
}

/**
 * Put a model into a Hugging Face cache folder as a finished download would have left it.
 * @returns the snapshot folder
 */
export function plantSnapshot(cacheFolder: string, id: string, files: ModelFiles): string {
  const folder = join(cacheFolder, `models--${id.replaceAll("/", "--")}`);
  const snapshot = join(folder, "snapshots", commitOf(files));
  for (const [path, content] of Object.entries(files)) {
    const blob = join(folder, "blobs", blobHash(path, content));
    const link = join(snapshot, path);
    for (const each of [blob, link]) mkdirSync(dirname(each), { recursive: true });
    writeFileSync(blob, content);
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), blob), link);
  }
  mkdirSync(join(folder, "refs"), { recursive: true });
  writeFileSync(join(folder, "refs", "main"), commitOf(files));
  return snapshot;
}

/** Put files into a plain folder. */
export function plantFolder(folder: string, files: ModelFiles): string {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(folder, path), content);
  return folder;
}
