// Old workers of the extension: one that a process runs from stays, whatever language ps is asked in.
import { existsSync, mkdirSync, mkdtempSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { removeOldWorkers } from "../../src/lib/worker/worker-old-versions.ts";
import { createMacTools } from "../support/mac/mac-process-tools.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

test.each([{}, { LC_ALL: "C" }, { LANG: "C" }])("a worker in a folder of josé is in use with %j", (language) => {
  const mac = createMacTools();
  const place = mkdtempSync(join(tmpdir(), "josé-"));
  const [used, unused] = [join(place, `worker-${"a".repeat(16)}`), join(place, `worker-${"b".repeat(16)}`)];
  for (const folder of [used, unused]) {
    mkdirSync(folder);
    utimesSync(folder, new Date(0), new Date(0));
  }
  mac.run({ pid: 77, argv: ["/opt/node", join(used, "cli.cjs"), "run"] });
  delete process.env["LC_ALL"];
  Object.assign(process.env, { PATH: mac.env["PATH"] }, language);
  removeOldWorkers(place, join(place, "worker-current"));
  expect([used, unused].map((folder) => existsSync(folder))).toEqual([true, false]);
  removeFolder(place);
  mac.close();
});
