// The words in which servers, and the libraries below them, say why they could not load a model. A description picks the groups
// that its server is built of. Every word stands with a line as its source prints it, which is its test.
// Sources: MLX 0.32.4, safetensors 0.8, mlx-lm 0.32.2, transformers 5.24, huggingface_hub 2.4, mlx-swift-lm, swift-transformers.

/**
 * `damage`: weights or model files are wrong. `program`: the server's own installation is broken, whatever the model.
 * `unrelated`: such a line proves nothing, whatever else stands in it.
 */
export type Failure = "program" | "damage" | "memory" | "port" | "architecture" | "missing" | "unrelated";

export interface FailureWord {
  failure: Failure;
  pattern: RegExp;
  /** A line as it is printed. */
  says: string;
}

const word = (failure: Failure, pattern: RegExp, says: string): FailureWord => ({ failure, pattern, says });

/** macOS' loader refuses a library: its signature is that of code, not of weights. */
export const DYLD_WORDS: readonly FailureWord[] = [
  word(
    "program",
    /\bcode signature\b|SIGKILL \(Code Signature Invalid\)/i,
    "ImportError: dlopen(/opt/lib/libmlx.dylib, 0x0002): tried: '/opt/lib/libmlx.dylib' (code signature invalid (errno=1) sliceOffset=0x00000000)",
  ),
  word(
    "program",
    /not valid for use in process/i,
    "'/opt/lib/libmlx.dylib' not valid for use in process: mapping process and mapped file (non-platform) have different Team IDs",
  ),
  word("program", /\bLibrary not loaded\b/, "dyld[4211]: Library not loaded: @rpath/libmlx.dylib"),
  word("program", /\bSymbol not found\b/, "dyld[4211]: Symbol not found: _OBJC_CLASS_$_MTLResidencySetDescriptor"),
  word(
    "program",
    /\bincompatible architecture \(have/,
    "(mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))",
  ),
];

export const SYSTEM_WORDS: readonly FailureWord[] = [
  word(
    "memory",
    /std::bad_alloc/,
    "libc++abi: terminating due to uncaught exception of type std::bad_alloc: std::bad_alloc",
  ),
  word("memory", /cannot allocate memory/i, "OSError: [Errno 12] Cannot allocate memory"),
  word("memory", /malloc.{0,40}(fail|can't allocate)/i, "python3(4211) malloc: can't allocate region"),
  word("memory", /\bout of memory\b/i, "fatal error: out of memory"),
  word("port", /address already in use/i, "OSError: [Errno 48] Address already in use"),
  word(
    "missing",
    /too many open files/i,
    "OSError: [Errno 24] Too many open files: 'model-00007-of-00042.safetensors'",
  ),
];

/** MLX's C++ core, below mlx-lm and mlx-swift alike. */
export const MLX_WORDS: readonly FailureWord[] = [
  word("memory", /\[(metal::)?malloc[^\]]*\]/i, "[metal::malloc] Resource limit (499000) exceeded."),
  word(
    "memory",
    /attempting to allocate \d+ bytes/i,
    "Attempting to allocate 9663676416 bytes which is greater than the maximum",
  ),
  word("memory", /\bUnable to allocate\b/i, "[malloc] Unable to allocate 4294967296 bytes."),
  word(
    "memory",
    /insufficient memory|kIOGPUCommandBufferCallbackErrorOutOfMemory/i,
    "[METAL] Command buffer execution failed: Insufficient Memory (00000008:kIOGPUCommandBufferCallbackErrorOutOfMemory).",
  ),
  word("memory", /metal.{0,60}(failed to allocate|allocation)/i, "Metal buffer allocation failed"),
  word(
    "damage",
    /\[load_safetensors\] Invalid json (header|metadata)/i,
    "[load_safetensors] Invalid json header length file /m/model.safetensors",
  ),
  word(
    "damage",
    /\[load_safetensors\].{0,200}but the file is only \d+ bytes/,
    "[load_safetensors] The JSON header is 5000 bytes long but the file is only 70 bytes. Perhaps an incomplete download or corrupt file?",
  ),
  word(
    "damage",
    /\[load_safetensors\] Tensor .{0,300}\b(invalid data offsets|data_offsets must)/,
    "[load_safetensors] Tensor 'w' invalid data offsets (0, 16) exceeding the size of the file. Perhaps an incomplete download or corrupt file?",
  ),
  word("missing", /\[load_safetensors\] Failed to open/, "[load_safetensors] Failed to open file /m/model.safetensors"),
  word(
    "program",
    /\[metal::load_device\]/,
    "[metal::load_device] No Metal device available. This typically means there is no GPU",
  ),
];

/** The safetensors library, below transformers and several loaders. */
export const SAFETENSORS_WORDS: readonly FailureWord[] = [
  word(
    "damage",
    /SafetensorError: (Error while deserializing header|.*invalid offset|.*invalid shape)/,
    "safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata, file not fully covered",
  ),
  word("damage", /\bsafetensors\b.{0,80}\binvalid json (header|metadata)/i, "safetensors: Invalid JSON header"),
];

/** mlx-lm with transformers and huggingface_hub. */
export const PYTHON_WORDS: readonly FailureWord[] = [
  word("memory", /\bMemoryError\b/, "MemoryError"),
  word("architecture", /\bModel type \S+ not supported/, "ValueError: Model type zork not supported."),
  word("architecture", /\b(Received|Missing) \d+ parameters\b/, "ValueError: Received 282 parameters not in model:"),
  word(
    "architecture",
    /\bExpected shape \(.{0,80}\) but received shape/,
    "ValueError: Expected shape (32000, 4096) but received shape (32064, 4096) for parameter model.embed_tokens.weight",
  ),
  word(
    "architecture",
    /requires importing and running a custom module/,
    "The model at /m requires importing and running a custom module ('x.py') to build its architecture.",
  ),
  word("missing", /\bNo safetensors found in\b/, "FileNotFoundError: No safetensors found in /m"),
  word(
    "missing",
    /\bFileNotFoundError\b.{0,200}\.(json|safetensors|model)/,
    "FileNotFoundError: [Errno 2] No such file or directory: '/m/config.json'",
  ),
  word(
    "missing",
    /\bCan't load tokenizer for\b|\bUnable to load vocabulary\b/,
    "OSError: Can't load tokenizer for '/m'. If you were trying to load it from 'https://huggingface.co/models', make sure you don't have a local directory with the same name.",
  ),
  word(
    "missing",
    /\bThe cached snapshot for .{0,300} is incomplete/,
    "The cached snapshot for 't/A' (revision 'main', commit 0123) is incomplete: 1 file(s) are missing (chat_template.jinja).",
  ),
];

/** mlx-swift-lm with swift-transformers. A model without its tokenizer has another shape than it was published in. */
export const SWIFT_WORDS: readonly FailureWord[] = [
  word("damage", /\bmissing:? tokenizer\.json\b/i, "Required configuration file missing: tokenizer.json"),
  word("damage", /\bmissing required tokenizer files\b/i, "Error: missing required tokenizer files"),
  word("architecture", /\bUnsupported (model|processor|tokenizer) (type|class)?/i, "Unsupported model type: zork"),
  word(
    "architecture",
    /\bInvalid model configuration\b/,
    "Invalid model configuration: num_key_value_heads must divide",
  ),
  word(
    "missing",
    /\bError reading '.{1,200}' for model\b/,
    "Error reading 'config.json' for model 't/A': The file couldn’t be opened because there is no such file.",
  ),
  word(
    "missing",
    /\bRequired configuration file missing: (?!tokenizer\.json)/,
    "Required configuration file missing: config.json",
  ),
];

/** What macprovider itself calls wrong weights; a line of its updater is about a program. */
export const VERIFICATION_WORDS: readonly FailureWord[] = [
  word(
    "unrelated",
    /\bauto[-_]?update|\bupdater\b|\brelease payload\b/i,
    "event=auto_update status=rejected detail=manifest verification failed",
  ),
  word(
    "damage",
    /\bweights? verification failed\b/i,
    "weight verification failed for mlx-community/A: expected 0123, got 4567",
  ),
  word("damage", /\bmanifest verification failed\b/i, "error: manifest verification failed"),
  word("damage", /\bsignature verification failed\b/i, "artifact signature verification failed"),
  word("damage", /(?<!\bno )\b(signature|hash|checksum|sha-?256|digest) mismatch\b/i, "copied artifact hash mismatch"),
  word("damage", /\bchecksum signature invalid\b/i, "checksum signature invalid"),
  word(
    "damage",
    /\b(sha-?256|hash|checksum|digest)\b.{0,60}\b(do|does) not match\b/i,
    "sha256 of model.safetensors does not match the catalog",
  ),
];
