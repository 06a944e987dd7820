import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { HEADER_LIMIT_BYTES, headerLength, judgeHeader } from "../../../worker/core/models/safetensors.ts";
import { safetensors } from "../../support/servers/model-files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const tensor = (from: number, to: number) => ({ dtype: "U8", shape: [to - from], data_offsets: [from, to] });

function prefix(length: bigint): Uint8Array {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(length);
  return buffer;
}

function judge(header: unknown, dataBytes: number) {
  const encoded = bytes(JSON.stringify(header));
  return judgeHeader(encoded, 8 + encoded.length + dataBytes);
}

test("tensor bytes are the sum over contiguous tensors, in whatever order the header names them", () => {
  expect(judge({ b: tensor(300, 1000), a: tensor(0, 300), __metadata__: { format: "mlx" } }, 1000)).toEqual({
    state: "ok",
    tensorBytes: 1000,
  });
});

test("a file shorter than its header promises is cut, one byte is enough", () => {
  expect(judge({ a: tensor(0, 1000) }, 999)).toMatchObject({ state: "cut" });
  expect(judge({ a: tensor(0, 1000) }, 0)).toMatchObject({ state: "cut" });
});

test.each([
  ["bytes left over", { a: tensor(0, 1000) }, 1001],
  ["a hole between tensors", { a: tensor(0, 10), b: tensor(11, 20) }, 20],
  ["overlapping tensors", { a: tensor(0, 10), b: tensor(5, 20) }, 20],
  ["offsets that run backwards", { a: { ...tensor(0, 10), data_offsets: [10, 0] } }, 10],
  ["a tensor without offsets", { a: { dtype: "U8", shape: [1] } }, 1],
  ["an array instead of an object", [1, 2], 0],
])("%s make a header broken", (_name, header, dataBytes) => {
  expect(judge(header, dataBytes)).toMatchObject({ state: "broken" });
});

test("bytes that are no JSON or no UTF-8 make a header broken", () => {
  expect(judgeHeader(bytes("{oops"), 100)).toMatchObject({ state: "broken" });
  expect(judgeHeader(new Uint8Array([0x7b, 0xff, 0x7d]), 100)).toMatchObject({ state: "broken" });
});

test("the length before the header is bounded", () => {
  expect(headerLength(prefix(200n), 1000)).toEqual({ state: "ok", headerBytes: 200 });
  expect(headerLength(prefix(0n), 1000)).toMatchObject({ state: "broken" });
  expect(headerLength(prefix(BigInt(HEADER_LIMIT_BYTES) + 1n), 1e12)).toMatchObject({ state: "broken" });
  expect(headerLength(prefix(2n ** 64n - 1n), 1000)).toMatchObject({ state: "broken" });
  expect(headerLength(bytes("<!DOCTYP"), 1000)).toMatchObject({ state: "broken" });
});

test("a file that ends before or within its header is cut", () => {
  expect(headerLength(new Uint8Array(3), 3)).toMatchObject({ state: "cut" });
  expect(headerLength(prefix(993n), 1000)).toMatchObject({ state: "cut" });
  expect(headerLength(prefix(992n), 1000)).toMatchObject({ state: "ok" });
});

test("every proper start of a valid file is cut, never ok and never broken", () => {
  const whole = safetensors(50);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (size) => {
      const part = whole.subarray(0, size);
      const length = headerLength(part.subarray(0, 8), size);
      const verdict = length.state === "ok" ? judgeHeader(part.subarray(8, 8 + length.headerBytes), size) : length;
      expect(verdict.state).toBe("cut");
    }),
  );
});

test("arbitrary bytes never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
      headerLength(data.subarray(0, 8), data.length);
      judgeHeader(data, data.length);
    }),
  );
});
