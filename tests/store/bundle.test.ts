// The worker ships as one CommonJS file with SQLite's addon beside it and no node_modules.
import { afterAll, expect, test } from "@jest/globals";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { tempFolder } from "../support/store/store-fixtures.ts";

const temp = tempFolder("bundle");
afterAll(temp.remove);

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test("a bundled store takes the addon that lies beside it", async () => {
  const platform = `${process.platform}-${process.arch}`;
  const outfile = temp.path("store.cjs");
  await build({
    entryPoints: [fromRoot("worker/store/store.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
  });
  copyFileSync(
    fromRoot(`node_modules/better-sqlite3/prebuilds/${platform}.node`),
    temp.path(`better-sqlite3-${platform}.node`),
  );
  const script = `
    const store = require(${JSON.stringify(outfile)}).openStore("a.sqlite");
    const addons = process.report.getReport().sharedObjects.filter((file) => /better.sqlite3/.test(file));
    console.log(JSON.stringify([store.readers.runs(), store.damage(), addons]));
    store.close();`;
  const output = execFileSync(process.execPath, ["-e", script], { cwd: temp.folder, encoding: "utf8" });
  expect(JSON.parse(output)).toEqual([[], null, [temp.path(`better-sqlite3-${platform}.node`)]]);
});
