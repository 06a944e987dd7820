// Removing a folder into which another process still writes. Source: contract §16.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "./remove-folder.ts";

const LATE = `
  const fs = require("node:fs");
  const until = Date.now() + 1500;
  let n = 0;
  console.log("ready");
  while (Date.now() < until) {
    try { fs.writeFileSync(process.argv[1] + "/late-" + n++ % 50, "x"); } catch { if (!fs.existsSync(process.argv[1])) break; }
  }`;

it("removes a folder with a late writer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "late-"));
  for (let n = 0; n < 300; n += 1) writeFileSync(join(folder, `file-${n}`), "x");
  const writer = spawn(process.execPath, ["-e", LATE, folder], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((ready) => writer.stdout.once("data", ready));
  removeFolder(folder);
  await new Promise((ended) => writer.once("close", ended));
  expect(existsSync(folder)).toBe(false);
});

it("takes a missing folder for a removed one, and tells any other failure", () => {
  const folder = mkdtempSync(join(tmpdir(), "late-"));
  mkdirSync(join(folder, "a"));
  removeFolder(join(folder, "a"));
  removeFolder(join(folder, "a"));
  writeFileSync(join(folder, "file"), "x");
  expect(() => removeFolder(join(folder, "file", "below"))).toThrow("ENOTDIR");
  removeFolder(folder);
});
