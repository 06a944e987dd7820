import { expect, test } from "@jest/globals";
import { restoreFailureText } from "../../../worker/core/launchd/drained.ts";
import { describeAnswer } from "../../../worker/core/launchd/launchctl-output.ts";
import { restoreHints } from "../../../worker/core/launchd/restore-hints.ts";

const SERVICE = {
  kind: "launchd" as const,
  domain: "gui/501",
  label: "me.mlx",
  plistPath: "/a b.plist",
  role: "provider" as const,
  processes: [],
  ports: [],
};
const after = (code: number) => restoreHints(SERVICE, describeAnswer("bootstrap", { code, stdout: "", stderr: "" }));

test("where bootstrap answers 5 for good, the text says what has helped there", () => {
  const lastError = describeAnswer("bootstrap", { code: 5, stdout: "", stderr: "" });
  const failed = { name: "launchd-managed me.mlx", state: "failed", lastError, commands: ["launchctl enable x"] };
  const text = restoreFailureText([{ ...failed, hints: restoreHints(SERVICE, lastError) }]);
  expect(text).toContain("launchctl load -w '/a b.plist'");
  expect(text).toContain("log out and in again");
  expect(text).toContain("launchctl print gui/501/me.mlx");
});

test("other answers have other remedies, and most have none beyond the commands", () => {
  expect(after(122)).toEqual(["launchd takes no plist that others may write to: chmod go-w '/a b.plist'"]);
  expect(after(134)[0]).toContain("LimitLoadToSessionType");
  expect(after(161)[0]).toContain("Login Items");
  expect(after(125)).toEqual(["Log in at the Mac's screen first."]);
  expect([after(119), after(37), restoreHints(SERVICE, null), restoreHints(SERVICE, "it does not answer")]).toEqual([
    [],
    [],
    [],
    [],
  ]);
});
