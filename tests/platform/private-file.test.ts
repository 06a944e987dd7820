// A private file is whole or not there, and what a death in the middle left goes with the next one. Source: contract §11, §15.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { writePrivately } from "../../worker/platform/files/private-file.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "private-file-"));
});
afterEach(() => removeFolder(folder));

test("what one left that died while it wrote goes; what a living one writes, and other files, stay", () => {
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  const others = [`.a.html.${process.ppid}.tmp`, `.b.html.${dead}.tmp`, ".a.html.old.tmp", "a.html.bak"];
  for (const name of [`.a.html.${dead}.tmp`, ...others]) writeFileSync(join(folder, name), "half");
  writePrivately(join(folder, "a.html"), "whole");
  expect(readdirSync(folder).sort()).toEqual(["a.html", ...others].sort());
  expect(readFileSync(join(folder, "a.html"), "utf8")).toBe("whole");
});
