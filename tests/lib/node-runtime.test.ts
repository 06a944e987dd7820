// Which Node runs the worker, found in a home folder of the test's own. Stand-ins answer --version.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findNode, type NodeSearch } from "../../src/lib/worker/node-runtime.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "node-"));
});
afterEach(() => removeFolder(home));

const RAYCAST = "Library/Application Support/com.raycast.macos/NodeJS/runtime";

/** Put a Node there. @param version what it answers; null = it must not be asked */
function node(path: string, version: string | null): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, version === null ? `#!/bin/sh\necho asked >'${home}/asked'\n` : `#!/bin/sh\necho ${version}\n`);
  chmodSync(file, 0o755);
  return file;
}

const search = (changes: Partial<NodeSearch> = {}): NodeSearch => ({
  nodeBinary: null,
  execPath: "/Applications/Raycast.app/Contents/MacOS/Raycast Helper",
  nodeVersion: "22.22.2",
  homeDir: home,
  env: { PATH: "" },
  ...changes,
});

test("the Node that runs Raycast's commands is taken if it is one, and new enough", () => {
  const raycast = node(`${RAYCAST}/22.14.0/bin/node`, null);
  const running = node("x/bin/node", null);
  expect(findNode(search({ execPath: running }))).toBe(running);
  expect(findNode(search({ execPath: running, nodeVersion: "20.19.0" }))).toBe(raycast);
  expect(findNode(search())).toBe(raycast);
});

test("one that an update of Raycast took away is not taken: the new one is found, or the user told to start Raycast again", () => {
  const execPath = join(home, RAYCAST, "22.14.0/bin/node");
  const updated = node(`${RAYCAST}/24.3.0/bin/node`, null);
  expect(findNode(search({ execPath }))).toBe(updated);
  removeFolder(join(home, RAYCAST));
  // A test machine may have one in the usual places, which is as good.
  const elsewhere = /^\/(opt|usr\/local)\//;
  const found = outcome(() => findNode(search({ execPath })));
  if (typeof found === "string") expect(found).toMatch(elsewhere);
  else
    expect(found).toMatchObject({
      message: `Raycast's own Node, ${execPath}, is not there any more.`,
      remedy: "Quit and open Raycast again.",
      preferences: false,
    });
});

const outcome = (find: () => string): unknown => {
  try {
    return find();
  } catch (error) {
    return error;
  }
};

test("of Raycast's own the newest is taken by its folder's name, in any layout; one that is too old is not", () => {
  node(`${RAYCAST}/20.9.0/bin/node`, null);
  node(`${RAYCAST}/22.9.0/bin/node`, null);
  node(`${RAYCAST}/v22.14.0/node`, null);
  const other = node("Library/Application Support/com.raycast-x.macos/NodeJS/runtime/24.1.0/bin/node", null);
  expect(findNode(search())).toBe(other);
  rmSync(other);
  expect(findNode(search())).toBe(join(home, RAYCAST, "v22.14.0/node"));
});

test("a runtime whose folder does not tell its version is asked", () => {
  const current = node(`${RAYCAST}/current/bin/node`, "v22.20.0");
  expect(findNode(search())).toBe(current);
});

test("the preference goes before all others; one that will not do is said, not replaced", () => {
  const chosen = node("mine/node", "v24.0.0");
  expect(findNode(search({ nodeBinary: chosen, execPath: "/x/bin/node" }))).toBe(chosen);
  for (const typed of ["~/mine/node", "$HOME/mine/node", "mine/node", `'${chosen}'`, `file://${chosen}`])
    expect(findNode(search({ nodeBinary: typed }))).toBe(chosen);
  node("mine/node", "v20.19.0");
  expect(() => findNode(search({ nodeBinary: chosen, execPath: "/x/bin/node" }))).toThrow(/20\.19\.0, too old/);
  expect(() => findNode(search({ nodeBinary: `${home}/none`, execPath: "/x/bin/node" }))).toThrow(/not there/);
  expect(() => findNode(search({ nodeBinary: "$NODE" }))).toThrow(/only \$HOME is known/);
});

// A test machine's own /opt/homebrew and /usr/local go before these.
const own = (path: string) => (path.startsWith(home) ? path : home + path);

test.each([
  [".nvm/versions/node/v22.3.0/bin/node", ".nvm/versions/node/v20.3.0/bin/node"],
  [".volta/tools/image/node/22.3.0/bin/node", ".volta/tools/image/node/18.0.0/bin/node"],
  [".local/share/mise/installs/node/22.3.0/bin/node", ".local/share/mise/installs/node/9.11.0/bin/node"],
  [".fnm/node-versions/v22.3.0/installation/bin/node", ".fnm/node-versions/v21.0.0/installation/bin/node"],
  [".asdf/installs/nodejs/22.3.0/bin/node", ".asdf/installs/nodejs/20.0.0/bin/node"],
])("a version manager's newest is found: %s", (wanted, old) => {
  node(old, null);
  const file = node(wanted, null);
  expect(own(findNode(search()))).toMatch(/\/node$/);
  expect([file, "/opt/homebrew/bin/node", "/usr/local/bin/node"]).toContain(findNode(search()));
});

test("a Node on PATH is asked, and one that hangs or is too old is passed over", () => {
  node("old/node", "v20.1.0");
  node("broken/node", "no version");
  const good = node("good/node", "v23.1.0");
  const path = ["old", "broken", "good"].map((name) => join(home, name)).join(":");
  expect([good, "/opt/homebrew/bin/node", "/usr/local/bin/node"]).toContain(findNode(search({ env: { PATH: path } })));
});
