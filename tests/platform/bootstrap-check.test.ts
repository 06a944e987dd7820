// What is looked at of a plist before its service is taken out: the file that a link leads to counts, and where that really lies.
import { chmodSync, mkdtempSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { bootstrapObstacle, plistFacts } from "../../worker/platform/launchd/bootstrap-check.ts";
import { openLaunchd } from "../../worker/platform/launchd/launchd.ts";
import { startLaunchd } from "../support/worlds/launchd-harness.ts";
import { plistText } from "../support/mac/write-plist.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let home: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "bootstrap-check-")));
});
afterEach(() => removeFolder(home));

test("of a link, all facts are those of the file that it leads to", async () => {
  const [link, target] = [join(home, "a.plist"), join(home, "on another volume.plist")];
  writeFileSync(target, plistText({ Label: "me.a", LimitLoadToSessionType: "Background" }));
  chmodSync(target, 0o664);
  symlinkSync(target, link);
  const { dev, uid } = statSync(target);
  const seen = await plistFacts({ plistPath: link, label: "me.other" }, process.env);
  expect(seen).toEqual({
    path: link,
    realPath: target,
    isFile: true,
    ownerUid: uid,
    mode: 0o664,
    device: dev,
    bootDevices: expect.arrayContaining([statSync("/").dev]),
    label: "me.a",
    sessionTypes: ["Background"],
  });
});

test("without a session at the screen there is nothing to load it into", async () => {
  const mac = await startLaunchd();
  try {
    const plistPath = mac.writeAgent({ label: "me.a", argv: ["/usr/bin/true"] });
    const launchd = await openLaunchd({ env: mac.env, uid: mac.uid });
    if (launchd === null) throw new Error("no launchctl");
    const obstacle = () => bootstrapObstacle({ domain: mac.domain, label: "me.a", plistPath }, launchd, mac.env);
    expect(await obstacle()).toBeNull();
    await mac.control("logout");
    expect(await obstacle()).toEqual({
      text: expect.stringMatching(/^launchctl print gui\/\d+ answered 125 \(no GUI session/),
      remedy: "Log in at the Mac's screen and run it there.",
    });
  } finally {
    expect(await mac.stop()).toEqual([]);
  }
});

test("what is no file is not read", async () => {
  expect(await plistFacts({ plistPath: home, label: "me.a" }, process.env)).toMatchObject({
    isFile: false,
    label: "me.a",
  });
  await expect(plistFacts({ plistPath: join(home, "none"), label: "me.a" }, process.env)).rejects.toThrow("ENOENT");
});
