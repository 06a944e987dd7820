// What the header of a safetensors file says: bytes of tensors, and whether the file as it lies there can be read at all.
// Pure: the caller reads the bytes. Source: contract §6; the format's own rules (length, JSON, contiguous data, no rest).
import * as z from "zod";

/** Longest header the format allows, bytes; a larger number in the first eight bytes is garbage. */
export const HEADER_LIMIT_BYTES = 100_000_000;
/** Bytes before the header: its length, little endian. */
export const PREFIX_BYTES = 8;

/**
 * `cut` = the file ends before the header or the tensors do (a partial download); `broken` = no download would have left
 * it so. Both carry a reason without the file's name.
 */
export type SafetensorsVerdict =
  { state: "ok"; tensorBytes: number } | { state: "cut"; reason: string } | { state: "broken"; reason: string };

/** Length of the JSON header in bytes, or what is wrong. */
export type HeaderLength = { state: "ok"; headerBytes: number } | { state: "cut" | "broken"; reason: string };

const Tensor = z.object({
  dtype: z.string().min(1),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/**
 * Read the header's length from the start of a file.
 * @param prefix the file's first eight bytes, or fewer if it has no more
 * @param fileBytes size of the file
 */
export function headerLength(prefix: Uint8Array, fileBytes: number): HeaderLength {
  if (prefix.length < PREFIX_BYTES) return { state: "cut", reason: `it has only ${fileBytes} bytes` };
  const view = new DataView(prefix.buffer, prefix.byteOffset, PREFIX_BYTES);
  const declared = view.getBigUint64(0, true);
  if (declared < 2n || declared > BigInt(HEADER_LIMIT_BYTES))
    return { state: "broken", reason: `its header claims ${declared} bytes` };
  const headerBytes = Number(declared);
  if (PREFIX_BYTES + headerBytes > fileBytes)
    return {
      state: "cut",
      reason: `it has ${fileBytes} bytes and its header alone needs ${PREFIX_BYTES + headerBytes}`,
    };
  return { state: "ok", headerBytes };
}

/**
 * Judge a file by its header.
 * @param header the JSON header's bytes, as long as `headerLength` said
 * @param fileBytes size of the file
 * @returns tensor bytes (0 for a header without tensors), or why the file cannot be used
 */
export function judgeHeader(header: Uint8Array, fileBytes: number): SafetensorsVerdict {
  const json = parseJson(header);
  if (json === null) return { state: "broken", reason: "its header is not a JSON object" };
  const ranges: [number, number][] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") continue;
    const tensor = Tensor.safeParse(value);
    if (!tensor.success) return { state: "broken", reason: `its header describes "${name}" wrongly` };
    ranges.push(tensor.data.data_offsets);
  }
  const tensorBytes = contiguousBytes(ranges);
  if (tensorBytes === null) return { state: "broken", reason: "its header's offsets overlap or leave holes" };
  return compareSize(PREFIX_BYTES + header.length + tensorBytes, fileBytes, tensorBytes);
}

function parseJson(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    // Anything that is no UTF-8 or no JSON is the same finding to the caller.
    return null;
  }
}

function contiguousBytes(ranges: [number, number][]): number | null {
  let end = 0;
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end || to < from) return null;
    end = to;
  }
  return end;
}

function compareSize(expected: number, fileBytes: number, tensorBytes: number): SafetensorsVerdict {
  if (fileBytes < expected)
    return { state: "cut", reason: `it has ${fileBytes} bytes and its header promises ${expected}` };
  if (fileBytes > expected)
    return { state: "broken", reason: `it has ${fileBytes} bytes and its header accounts for ${expected}` };
  return { state: "ok", tensorBytes };
}
