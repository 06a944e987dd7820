// How an open or given-up drain is shown. Contract §5 (a red state in every UI).
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { drainLines, drainsOfRun, drainStates } from "../../worker/cli/history/drain-state.ts";
import { selfOwner } from "../../worker/recovery/recover.ts";
import { isSameProcess } from "../../worker/platform/processes/process-identity.ts";
import { openStore, type Store } from "../../worker/store/store.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const SERVICE = {
  kind: "launchd" as const,
  domain: "gui/501",
  label: "live.malibu.provider",
  plistPath: "/Users/me/Library/Launch Agents/a.plist",
  role: "provider" as const,
  processes: [],
  ports: [8080],
};
const DEAD = { pid: 2 ** 22, pidStartedAt: "long ago" };
let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "drain-state-"));
  store = openStore(join(folder, "db"), () => "2025-01-01T00:00:00Z");
});
afterEach(() => {
  store.close();
  removeFolder(folder);
});

test("nothing drained, nothing said", () => expect(drainLines(drainStates(store), true)).toEqual([]));

test.each([
  ["its run lives", selfOwner(), null, "The active run brings it back at its end."],
  ["its run is dead", DEAD, null, "Its run has died; the next command brings it back."],
  ["somebody is at it", DEAD, selfOwner(), `Process ${process.pid} is bringing it back.`],
  ["whoever was at it is dead, too", DEAD, DEAD, "Its run has died; the next command brings it back."],
])("open and %s: what will happen, in no colour", (_what, owner, restorer, plan) => {
  const id = store.drains.intend("run", SERVICE, owner);
  if (restorer) store.drains.claim(id, "intended", restorer, isSameProcess);
  const states = drainStates(store);
  expect(states).toMatchObject([{ plan, alarm: false, state: "intended", run_id: "run" }]);
  expect(drainLines(states, true)).toEqual([
    `Drained: launchd-managed live.malibu.provider, 2025-01-01T00:00:00Z.\n  ${plan}`,
  ]);
});

test("given up: red on a terminal, with reason and commands ready to paste", () => {
  const id = store.drains.intend("run", SERVICE, DEAD);
  store.drains.settle(id, "failed", "launchctl bootstrap answered 5");
  const [line = ""] = drainLines(drainStates(store), true);
  expect(line).toBe(`\u001b[31mNOT IN SERVICE: launchd-managed live.malibu.provider, 2025-01-01T00:00:00Z.
  It was given up. Bring it back with \`mlx-autotune restore\`, or with the commands below.
  Last answer: launchctl bootstrap answered 5
    launchctl enable gui/501/live.malibu.provider
    launchctl bootstrap gui/501 '/Users/me/Library/Launch Agents/a.plist'
    If launchd goes on answering 5, these have helped on other Macs:
      launchctl load -w '/Users/me/Library/Launch Agents/a.plist'   (then look, as it says nothing when it fails: launchctl print gui/501/live.malibu.provider)
      log out and in again: launchd then loads what lies in ~/Library/LaunchAgents by itself
      plutil -lint '/Users/me/Library/Launch Agents/a.plist'   says whether the plist itself is broken\u001b[0m`);
  expect(drainLines(drainStates(store), false)[0]).not.toContain("\u001b");
});

test("what is closed is told with its run only", () => {
  store.drains.settle(store.drains.intend("run", SERVICE, DEAD), "restored", null);
  expect(drainStates(store)).toEqual([]);
  expect(drainsOfRun(store, "run")).toMatchObject([{ state: "restored", plan: "It is back in service." }]);
});
