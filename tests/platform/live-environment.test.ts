// Where the variables of a live provider are looked for: in its process, which a script may have set up, else in its plist.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { liveEnvironments } from "../../worker/platform/live/live-environment.ts";
import { startLaunchd } from "../support/worlds/launchd-harness.ts";
import { answersOn, eventually, freePort } from "../support/worlds/live-world.ts";

test("what a script sets is seen in its process, what only a plist sets there; the process counts first", async () => {
  const mac = await startLaunchd();
  try {
    const port = await freePort();
    const [provider, script] = [mac.program("malibu-cli"), join(mac.home, "start.sh")];
    writeFileSync(script, `export HF_HOME=/from/script\nexec '${provider}' serve --port ${port}\n`);
    const env = { HF_HOME: "/from/plist", HF_TOKEN: "hf_of_the_plist" };
    await mac.load({ label: "me.scripted", argv: ["/bin/sh", script], keepAlive: true, env });
    await mac.load({ label: "me.asleep", argv: [provider, "serve"], runAtLoad: false, env });
    await eventually("it answers", () => answersOn(port));
    const look = { port: 1, env: mac.env, homeDir: mac.home, uid: mac.uid, sharedFolders: mac.sharedFolders };
    const found = await liveEnvironments(look);
    expect(found.map(({ name, env: { HF_HOME, HF_TOKEN } }) => [name, HF_HOME, HF_TOKEN]).sort()).toEqual([
      ["launchd-managed me.asleep", "/from/plist", "hf_of_the_plist"],
      ["launchd-managed me.scripted", "/from/script", "hf_of_the_plist"],
    ]);
  } finally {
    expect(await mac.stop()).toEqual([]);
  }
});
