// "Applied" is said of what the file holds now, not of what was written once.
import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { configNow, writtenBy } from "../../../worker/core/runs/config-now.ts";
import { configNowText } from "../../../worker/core/config/config-now-text.ts";
import { editConfig } from "../../../worker/core/config/config-edit.ts";
import type { Knobs } from "../../../worker/core/knobs.ts";

const OLD = "model: old\nkv_bits: 4\nport: 1\n";
const edited = editConfig(OLD, { model: "new", kv_bits: 8 });
if (!edited.ok) throw new Error("the config cannot be edited");
const { edits } = edited;
const row = (part: object = {}) => ({ model: "new", provider: "macprovider", edits_json: edits, ...part });
const written = writtenBy(row(), null);
const now = (text: string) => configNow({ bytes: Buffer.from(text) }, written);

test("a config with later edits of other keys still holds the recipe", () => {
  const text = `${edited.text}by_hand: 1\n`;
  const sha256 = createHash("sha256").update(text).digest("hex");
  expect(now(text)).toEqual({ state: "holds", differences: [], why: null, sha256 });
  expect(configNowText(now(edited.text))).toBe("");
});

test("a checkout of the old file, or another writer, is named key by key", () => {
  expect(now(OLD).differences).toEqual([
    { key: "model", applied: "new", now: "old" },
    { key: "kv_bits", applied: 8, now: 4 },
  ]);
  expect(configNowText(now(edited.text.replace("kv_bits: 8\n", "")))).toContain("kv_bits is unset (applied: 8)");
});

test("what the file held already of the recipe counts as well, as far as it is known", () => {
  const [, kvBits] = edits;
  const onlyBits = row({ edits_json: [kvBits] });
  expect(writtenBy(onlyBits, null)).toEqual({ model: "new", kv_bits: 8 });
  const knobs: Knobs = { kv_bits: 8, max_concurrency_override: 2, max_context_override: 2000 };
  expect(writtenBy(onlyBits, knobs)).toEqual({ model: "new", kv_bits: 8, max_concurrency_override: 2 });
  const mlx = writtenBy(row({ provider: "mlx-lm" }), { ...knobs, prefill_step_size: 512 });
  expect(mlx).toMatchObject({ prefill_step_size: 512 });
  const other = configNow({ bytes: Buffer.from("model: other\nkv_bits: 8\n") }, writtenBy(onlyBits, null));
  expect(other.differences).toEqual([{ key: "model", applied: "new", now: "other" }]);
  // A value that the user chose in the dialog beats the recipe's.
  expect(writtenBy(row(), { ...knobs, kv_bits: 4 })).toMatchObject({ kv_bits: 8 });
});

test("values are shown as a diff shows them", () => {
  expect(now("model: hf_abcdefgh1234\nkv_bits: 8\n").differences).toEqual([
    { key: "model", applied: "new", now: "hf_****" },
  ]);
});

test("a file that is gone, empty or broken is said to be so, and never as edited", () => {
  expect([now("").state, now(" \n").state]).toEqual(["gone", "gone"]);
  const broken = now("model: [");
  expect(broken).toMatchObject({ state: "unreadable", differences: [], why: expect.stringContaining("no") });
  expect(configNowText(broken)).toContain("cannot be told: ");
  const refused = configNow({ why: "/c.yaml: permission is denied (EACCES)" }, written);
  expect(refused).toEqual({
    ...{ state: "unreadable", differences: [], sha256: null },
    why: "/c.yaml: permission is denied (EACCES)",
  });
  expect(configNow({ bytes: Buffer.from(OLD) }, writtenBy(row({ edits_json: null }), null))).toMatchObject({
    state: "unreadable",
    why: "what was written is not known any more",
  });
});
