// The page for the store's reviewer is true: its table of binary files is what was built, and what it says is never done is never done.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { removeFolder } from "./support/worlds/remove-folder.ts";

const page = readFileSync("docs/reviewer.md", "utf8");
const check = (folder: string) =>
  spawnSync(process.execPath, ["scripts/write-shipped.mjs", "--check", folder], { encoding: "utf8" });

test("the table of binary files is what was built from the packages of the lock file", () => {
  const { status, stderr } = check("assets/worker");
  expect([status, stderr]).toEqual([0, ""]);
  const files = page.match(/^\| `(better-sqlite3|terminal-notifier)[^`]*`/gm) ?? [];
  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(page).not.toContain("ELF");
});

test("what is built for the store has the Macs' binaries only", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  try {
    writeFileSync(join(folder, "better-sqlite3-linux-x64.node"), "of an earlier build");
    const { status, stderr } = spawnSync(process.execPath, ["scripts/build-worker.mjs", "--store", "--out", folder], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const isElf = (path: string) => readFileSync(path).subarray(1, 4).toString("latin1") === "ELF";
    expect(files.filter(({ parentPath, name }) => isElf(join(parentPath, name))).map(({ name }) => name)).toEqual([]);
    const addons = files.filter(({ name }) => name.endsWith(".node")).map(({ name }) => name);
    expect(addons.sort()).toEqual(["better-sqlite3-darwin-arm64.node", "better-sqlite3-darwin-x64.node"]);
    expect(check(folder)).toMatchObject({ status: 0, stderr: "" });
  } finally {
    removeFolder(folder);
  }
});

test("a binary that the page does not know, or that is not its package's, is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "shipped-"));
  try {
    cpSync("assets/worker", folder, { recursive: true });
    const name = "better-sqlite3-darwin-arm64.node";
    writeFileSync(join(folder, name), Buffer.concat([readFileSync(join(folder, name)), Buffer.from("x")]));
    expect(check(folder)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${name} is not what the manifest says`),
    });
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as { files: object[] };
    writeFileSync(join(folder, "helper"), "\0\0\0");
    manifest.files = [{ path: "helper", bytes: 3, sha256: "", executable: true, platform: "darwin" }];
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    expect(check(folder).stderr).toContain("helper is binary, and no package is known");
  } finally {
    removeFolder(folder);
  }
});

test("README leads to it, and no source writes a LaunchAgent", () => {
  expect(readFileSync("README.md", "utf8")).toContain("(docs/reviewer.md)");
  const sources = ["worker", "src"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => ({ path: join(folder, path), text: readFileSync(join(folder, path), "utf8") })),
  );
  const writing =
    /\b(writeFile|writeFileSync|writePrivately|replaceFile|copyFile|copyFileSync|rename|renameSync|symlink)\(/;
  const named = sources.filter(({ text }) => text.includes("LaunchAgents"));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter(({ text }) => writing.test(text)).map(({ path }) => path)).toEqual([]);
});
