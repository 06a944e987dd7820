import { describe, expect, test } from "@jest/globals";
import { editConfig } from "../../../worker/core/config/config-edit.ts";
import { MAX_CONFIG_BYTES } from "../../../worker/core/config/config-print.ts";
import { refusalText } from "../../../worker/core/config/config-refusals.ts";

function edited(source: Uint8Array | string, changes: Parameters<typeof editConfig>[1]) {
  const result = editConfig(source, changes);
  if (!result.ok) throw new Error(result.refusals.map(refusalText).join("\n"));
  return result;
}

test("each edit names key, earlier and new value, and line", () => {
  const { edits } = edited("port: 1\nmodel: old\nkv_bits: 4\n", {
    model: "new",
    kv_bits: null,
    max_concurrency_override: 2,
  });
  expect(edits.map(({ key, before, after, line }) => ({ key, before, after, line }))).toEqual([
    { key: "model", before: "old", after: "new", line: 2 },
    { key: "kv_bits", before: 4, after: null, line: 3 },
    { key: "max_concurrency_override", before: null, after: 2, line: 3 },
  ]);
});

test("the record of an edit holds no comment and no other line", () => {
  const source = "api_token: s3cr3t-1\nkv_bits: 4  # s3cr3t-2\nmodel: old # s3cr3t-3\nother: s3cr3t-4\n";
  const { edits } = edited(source, { model: "new", kv_bits: null });
  expect(JSON.stringify(edits)).not.toContain("s3cr3t");
});

test("refusals never quote the file", () => {
  for (const source of [
    "a: 1\ntoken: 'hunter2\n",
    "token: hunter2: x\n",
    "hunter2\n",
    "token: hunter2\n\thunter2: 1\n",
    "x: *hunter2\n<<: *hunter2\n",
  ]) {
    const result = editConfig(source, { kv_bits: 8 });
    if (result.ok) throw new Error("not refused");
    expect(result.refusals.map(refusalText).join()).not.toContain("hunter2");
  }
});

test("a file of more than 1 MiB is refused, one of exactly 1 MiB is not", () => {
  const filled = (bytes: number) => `kv_bits: 4 #${"x".repeat(bytes - 13)}\n`;
  expect(editConfig(filled(MAX_CONFIG_BYTES + 1), { kv_bits: 8 })).toMatchObject({
    ok: false,
    refusals: [{ line: null }],
  });
  expect(editConfig(filled(MAX_CONFIG_BYTES), { kv_bits: 8 })).toMatchObject({ ok: true });
});

test("a file nested beyond all reason is refused, not a crash", () => {
  const result = editConfig(`a: ${"[".repeat(200_000)}`, { kv_bits: 8 });
  expect(result).toMatchObject({ ok: false });
});

test("an alias bomb elsewhere is neither expanded nor in the way", () => {
  const levels = Array.from({ length: 30 }, (_, index) => `l${index + 1}: &l${index + 1} [*l${index}, *l${index}]`);
  const source = ["l0: &l0 x", ...levels, "kv_bits: 4", ""].join("\n");
  expect(edited(source, { kv_bits: 8 }).text).toBe(source.replace("kv_bits: 4", "kv_bits: 8"));
});

test("a key that is not named in the changes stays, whatever its form", () => {
  const source = "model: &m old\nother: *m\nkv_bits: 4\n";
  expect(edited(source, { kv_bits: 8 }).text).toBe("model: &m old\nother: *m\nkv_bits: 8\n");
});

test("an anchored value that is already right is no obstacle", () => {
  expect(edited("model: &m new\nother: *m\n", { model: "new" }).edits).toEqual([]);
});

describe("values", () => {
  test.each([
    "true",
    "Null",
    "~",
    "4bit",
    "0x10",
    "-x",
    "a b",
    " a",
    "a: b",
    "a #b",
    "'",
    '"',
    "\\",
    "a\u2028b",
    "\u0085",
    "\ufeffx",
    "é",
    "%a",
    "@a",
    ".inf",
    "<<",
    "=",
    "a\nb",
  ])("%j comes back as the same text in every style", (model) => {
    for (const old of ["model: old", "model: 'old'", 'model: "old"']) {
      const { text } = edited(`${old} # c\n`, { model });
      expect(text.split("\n")).toHaveLength(2);
      expect(edited(text, { model }).edits).toEqual([]);
    }
  });

  test("a number that is none is a fault of the program", () => {
    expect(() => editConfig("", { kv_bits: Number.NaN })).toThrow("cannot be written");
    expect(() => editConfig("", { model: "\ud800" })).toThrow("cannot be written");
  });
});

describe("a key of the top level beats a merged one", () => {
  const base = "base: &base {kv_bits: 4, model_artifact_path: /w}\n<<: *base\nmodel: old\n";

  test("its value is what holds, and what is edited; the anchor stays", () => {
    const source = `${base}model_artifact_path:\nkv_bits: 8\n`;
    expect(editConfig(source, { kv_bits: 8 })).toMatchObject({ ok: true, edits: [] });
    expect(editConfig(source, { kv_bits: 16, model: "new" })).toMatchObject({
      ok: true,
      text: source.replace("kv_bits: 8", "kv_bits: 16").replace("old", "new"),
    });
    expect(editConfig(`${base}kv_bits:\n`, { kv_bits: null })).toMatchObject({ ok: true, edits: [] });
  });

  test("what only the merge key says, or would say then, is refused", () => {
    for (const [source, kv_bits] of [
      [base, 4],
      [base, null],
      [`${base}kv_bits: 8\n`, null],
    ] as const)
      expect(editConfig(source, { kv_bits })).toMatchObject({ ok: false, refusals: [{ line: 2 }] });
    expect(editConfig(base, { model: "new" })).toMatchObject({ ok: false, refusals: [{ line: 2 }] });
  });
});

test("in { } style the remedy is one that works there", () => {
  const inBraces = "# mine\n{port: 1, kv_bits: 4}\n";
  const remedyOf = (source: string, changes: Parameters<typeof editConfig>[1]) => {
    const result = editConfig(source, changes);
    return result.ok ? null : result.refusals.map(({ line, remedy }) => `${line} ${remedy}`).join();
  };
  expect(remedyOf(inBraces, { model: "a/b" })).toMatch(/^2 Take the outer { }.*add the line "model: a\/b"/);
  expect(remedyOf(inBraces, { kv_bits: null })).toMatch(/^2 Take the outer { }.*leave kv_bits out/);
  expect(editConfig("# mine\nport: 1\nkv_bits: 4\n", { model: "a/b", kv_bits: null })).toMatchObject({ ok: true });
});
