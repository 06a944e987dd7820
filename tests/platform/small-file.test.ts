// Small files that others wrote, read in this process: a pipe in their place never holds it up.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readConfiguredModel } from "../../worker/platform/live/live-config.ts";
import { readPlistFolder } from "../../worker/platform/launchd/plist.ts";
import { readSmallFile } from "../../worker/platform/files/small-file.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let home: string;
let pipe: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "small-file-"));
  pipe = join(home, "com.example.pipe.plist");
  execFileSync("mkfifo", [pipe]);
});
afterEach(() => removeFolder(home));

test("a file is read whole; a pipe, a folder and a big file are refused by name", async () => {
  writeFileSync(join(home, "a"), "hello");
  expect((await readSmallFile(join(home, "a"), 5)).toString()).toBe("hello");
  await expect(readSmallFile(join(home, "a"), 4)).rejects.toThrow(`${join(home, "a")}: its 5 bytes are more than 4`);
  await expect(readSmallFile(pipe, 10)).rejects.toThrow(`${pipe} is not a file`);
  await expect(readSmallFile(home, 10)).rejects.toThrow(`${home} is not a file`);
  await expect(readSmallFile(join(home, "none"), 10)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a pipe among launchd's descriptions becomes a note, and the others are read", async () => {
  const agent = `<plist version="1.0"><dict><key>Label</key><string>a.b</string></dict></plist>`;
  writeFileSync(join(home, "a.b.plist"), agent);
  const { plists, notes } = await readPlistFolder(home, {});
  expect(plists.map((plist) => plist.label)).toEqual(["a.b"]);
  expect(notes).toEqual([expect.stringContaining("com.example.pipe.plist")]);
});

test("a pipe in place of the provider's config is told", async () => {
  mkdirSync(join(home, "sub"));
  expect(await readConfiguredModel(pipe)).toEqual({
    live: null,
    note: expect.stringMatching(`${pipe} cannot be read: .* is not a file`),
  });
  expect(await readConfiguredModel(join(home, "none"))).toEqual({ live: null, note: null });
});
