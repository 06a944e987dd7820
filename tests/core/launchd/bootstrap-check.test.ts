import { expect, test } from "@jest/globals";
import { obstacleOf, type PlistFacts } from "../../../worker/core/launchd/bootstrap-check.ts";

const PATH = "/Users/me/Library/LaunchAgents/a.plist";
const FACTS: PlistFacts = {
  path: PATH,
  realPath: PATH,
  isFile: true,
  ownerUid: 501,
  mode: 0o644,
  device: 5,
  bootDevices: [1, 5],
  label: "a",
  sessionTypes: null,
};
const textOf = (facts: Partial<PlistFacts>, domain = "gui/501") =>
  obstacleOf({ ...FACTS, ...facts }, { label: "a", domain, uid: 501 })?.text ?? null;

test.each<[string, Partial<PlistFacts>, string | null]>([
  ["as it should be", {}, null],
  ["readable for its owner alone", { mode: 0o600 }, null],
  ["of root", { ownerUid: 0 }, null],
  ["writable for its group", { mode: 0o664 }, `others may write to ${PATH} (mode 664).`],
  ["writable for everybody", { mode: 0o606 }, `others may write to ${PATH} (mode 606).`],
  ["of another user", { ownerUid: 502 }, `${PATH} belongs to user 502, not to you (501) or root.`],
  ["a folder", { isFile: false }, `${PATH} is no file.`],
  [
    "on an external volume",
    { realPath: "/Volumes/Big/a.plist", device: 9 },
    `${PATH} lies on another volume than the system (/Volumes/Big/a.plist).`,
  ],
  ["on the system's own volume under its other name", { realPath: "/Volumes/Macintosh HD/a.plist", device: 1 }, null],
  ["of another label now", { label: "b" }, `${PATH} now describes b, not a.`],
  ["for several kinds of session", { sessionTypes: ["Aqua", "Background"] }, null],
  [
    "for the background",
    { sessionTypes: ["Background"] },
    `${PATH} is not meant for a session at the screen (LimitLoadToSessionType Background).`,
  ],
])("a plist that is %s", (_what, facts, text) => expect(textOf(facts)).toBe(text));

test("the kind of session does not matter elsewhere than at the screen", () => {
  expect(textOf({ sessionTypes: ["Background"] }, "user/501")).toBeNull();
});
