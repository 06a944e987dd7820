// What the extension says of an applied recipe's config, and which files it leaves alone. Contract §12, §14, §15.
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { isGivenUp, wasLate } from "../../src/lib/recipe/config-late.ts";
import { placeAtHome } from "../../src/lib/recipe/config-place.ts";
import {
  configSeen,
  isOpen,
  mayDiffer,
  saysOtherwise,
  seenLines,
  seenTag,
  type Seen,
} from "../../src/lib/recipe/config-seen.ts";
import type { ConfigNow } from "../../worker/core/config/config-now-text.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const ROW = { after_sha256: "aa" };
const said = (part: Partial<ConfigNow> = {}): ConfigNow => ({
  ...{ state: "differs", differences: [{ key: "kv_bits", applied: 8, now: null }], why: null, sha256: "bb" },
  ...part,
});
const bytes = (sha256: string) => ({ state: "bytes", sha256 }) as const;

test("the bytes that were written hold the recipe, whatever was said of others; others are compared by the worker", () => {
  expect(configSeen(ROW, bytes("aa"), said())).toEqual({ state: "holds", differences: [], why: null });
  expect(configSeen(ROW, bytes("bb"), said())).toMatchObject({ state: "differs" });
  expect(configSeen(ROW, bytes("bb"), said({ state: "holds", differences: [] }))).toMatchObject({ state: "holds" });
  // What it said of other bytes says nothing of these.
  for (const answer of [null, said({ sha256: "cc" })])
    expect(configSeen(ROW, bytes("bb"), answer)).toEqual({ state: "changed", differences: [], why: null });
});

test("what this process cannot look at is unknown until the worker has spoken, and never applied or edited", () => {
  const untold = { state: "untold", why: "/c leads out of the home folder" } as const;
  expect(configSeen(ROW, untold, null)).toEqual({ state: "unknown", differences: [], why: untold.why });
  expect(configSeen(ROW, untold, said())).toMatchObject({ state: "differs" });
  expect(configSeen(ROW, { state: "gone", why: null }, said())).toEqual({ state: "gone", differences: [], why: null });
  const unreadable = configSeen(ROW, { state: "unreadable", why: "EPERM" }, said());
  expect([unreadable, seenTag(unreadable)?.text]).toEqual([
    { state: "unreadable", differences: [], why: "EPERM" },
    "Config Unreadable",
  ]);
  expect([seenTag(null), seenLines(null, "/c")]).toEqual([null, []]);
});

test("each state has its word, its line and what it offers", () => {
  const states = ["holds", "differs", "changed", "gone", "unreadable", "unknown"] as const;
  const all = states.map((state): Seen => ({ state, differences: [], why: "no *word*" }));
  expect(new Set(all.map((seen) => seenTag(seen)?.text)).size).toBe(states.length);
  expect(all.map((seen) => seenLines(seen, "/a_b").length)).toEqual([0, 1, 1, 1, 1, 1]);
  expect(all.filter(isOpen).map(({ state }) => state)).toEqual(["changed", "unknown"]);
  expect(all.filter(saysOtherwise).map(({ state }) => state)).toEqual(["differs", "gone"]);
  expect(all.filter(mayDiffer).map(({ state }) => state)).toEqual(["differs", "changed", "gone"]);
  expect(seenLines(all[4] ?? null, "/a_b")[0]?.text).toContain(
    "/a\\_b still holds this recipe cannot be told: no \\*word\\*.",
  );
  expect(seenLines(said(), "/c").map(({ text }) => text)).toEqual([
    "**Edited since it was applied**: /c says something else now.",
    "- kv\\_bits: unset now, 8 applied",
  ]);
});

describe("only what lies in the home folder is touched", () => {
  let root: string;
  let home: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "config-place-")));
    home = join(root, "home");
    mkdirSync(join(home, ".config/macprovider"), { recursive: true });
    writeFileSync(join(home, ".config/macprovider/config.yaml"), "model: m\n");
  });
  afterEach(() => removeFolder(root));
  const place = (path: string) => placeAtHome(path, home);

  test("a file, and links that stay within", async () => {
    const file = join(home, ".config/macprovider/config.yaml");
    expect(await place(file)).toBe(file);
    symlinkSync(".config", join(home, "dot"));
    symlinkSync("dot/macprovider/config.yaml", join(home, "link.yaml"));
    expect(await place(join(home, "link.yaml"))).toBe(file);
    // A home that is reached by a link is the same home.
    symlinkSync(home, join(root, "me"));
    expect(await placeAtHome(file, join(root, "me"))).toBe(file);
    expect(await placeAtHome(join(root, "me/dot"), join(root, "me"))).toBe(join(root, "me/.config"));
    await expect(place(join(home, "none.yaml"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("what leads out, into a guarded folder, or nowhere is left alone, also by a link on the way", async () => {
    symlinkSync("/nowhere/at/all", join(home, "out"));
    mkdirSync(join(home, "Documents"));
    symlinkSync("Documents", join(home, "docs"));
    symlinkSync("loop", join(home, "loop"));
    const left = ["out", "out/c.yaml", "Documents/c.yaml", "docs/c.yaml", "Library/CloudStorage/x/c.yaml", "loop", "."];
    expect(await Promise.all(left.map((name) => place(join(home, name))))).toEqual(left.map(() => null));
    expect([await place("/Volumes/NAS/config.yaml"), await place(join(home, "../other"))]).toEqual([null, null]);
  });
});

test("a file that did not answer is left alone by that process: ten minutes, then ten times as long", () => {
  const marks = new Map<string, string>();
  expect(isGivenUp(marks, "/c", 7, 0)).toBe(false);
  wasLate(marks, "/c", 7, 1000);
  expect([601_000 - 1, 601_000].map((nowMs) => isGivenUp(marks, "/c", 7, nowMs))).toEqual([true, false]);
  // Another process has threads of its own; another file is another disk.
  expect([isGivenUp(marks, "/c", 8, 2000), isGivenUp(marks, "/d", 7, 2000)]).toEqual([false, false]);
  wasLate(marks, "/c", 7, 700_000);
  expect(isGivenUp(marks, "/c", 7, 700_000 + 6_000_000 - 1)).toBe(true);
  wasLate(marks, "/c", 8, 800_000);
  expect(isGivenUp(marks, "/c", 8, 800_000 + 600_000)).toBe(false);
});
