// "Applied" is said of what the file holds now, not of what was written once.
import { expect, test } from "@jest/globals";
import { configNow, configNowText } from "../../worker/core/config-now.ts";
import { editConfig } from "../../worker/core/config-edit.ts";

const OLD = "model: old\nkv_bits: 4\nport: 1\n";
const edited = editConfig(OLD, { model: "new", kv_bits: 8 });
if (!edited.ok) throw new Error("the config cannot be edited");
const now = (text: string) => configNow(Buffer.from(text), edited.edits);

test("a config with later edits of other keys still holds the recipe", () => {
  expect(now(`${edited.text}by_hand: 1\n`)).toEqual({ state: "holds", differences: [] });
  expect(configNowText(now(edited.text))).toBe("");
});

test("a checkout of the old file, or another writer, is named key by key", () => {
  expect(now(OLD).differences).toEqual([
    { key: "model", applied: "new", now: "old" },
    { key: "kv_bits", applied: 8, now: 4 },
  ]);
  expect(configNowText(now(edited.text.replace("kv_bits: 8\n", "")))).toContain("kv_bits is unset (applied: 8)");
});

test("a file that is gone, empty or broken is said to be so", () => {
  expect(now("").state).toBe("gone");
  expect(now("model: [").state).toBe("unreadable");
});
