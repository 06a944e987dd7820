// Job descriptions as people and installers really write them (tests/fixtures/mac/plists), and files that are none.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startedBy } from "../../worker/core/live/provider-argv.ts";
import { readPlist, readPlistFolder } from "../../worker/platform/launchd/plist.ts";
import { plantTool } from "../support/mac/mac-tools.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const PLISTS = resolve("tests/fixtures/mac/plists");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plists-"));
});
afterEach(() => removeFolder(folder));

const env = () => ({ PATH: `${folder}:/usr/bin:/bin` });
const read = (name: string) => readPlist(join(PLISTS, `${name}.plist`), env());

test.each([
  [
    "live.streamvc.macprovider",
    "macprovider-cli",
    ["/Users/tester/macprovider/macprovider-cli", "serve", "--config", "/Users/tester/.config/macprovider/config.yaml"],
  ],
  [
    "live.malibu.provider",
    "malibu-cli",
    ["/bin/sh", "-c", 'exec "$HOME/.malibu/bin/malibu-cli" serve --port 8080 >> "$HOME/Library/Logs/m.log" 2>&1'],
  ],
  [
    "com.example.mlx-uv",
    "mlx_lm.server",
    "/opt/homebrew/bin/uv tool run --from mlx-lm mlx_lm.server --model mlx-community/Qwen3-8B-4bit --port 8080".split(
      " ",
    ),
  ],
  [
    "com.example.mlx-oneline",
    "mlx_lm.server",
    [
      ..."/Users/tester/qwen-mlx/bin/python -m mlx_lm.server --model /Users/tester/models/qwen".split(" "),
      ...["--chat-template-args", '{"enable_thinking": false}', "--port", "9350"],
    ],
  ],
  ["homebrew.mxcl.ollama", null, ["/opt/homebrew/opt/ollama/bin/ollama", "serve"]],
  [
    "live.malibu.provider-watchdog",
    null,
    ["/Users/tester/.local/share/macprovider-watchdog/macprovider-health-monitor"],
  ],
])("%s starts %s", async (name, program, argv) => {
  const plist = await read(name);
  expect([plist.label, plist.argv, startedBy(plist.argv)]).toEqual([name, argv, program]);
});

test("environment and folder are those of the plist", async () => {
  expect((await read("live.streamvc.macprovider")).environment).toEqual({
    MACPROVIDER_CONFIG: "/Users/tester/.config/macprovider/config.yaml",
  });
  expect(await read("homebrew.mxcl.ollama")).toMatchObject({
    workingDirectory: "/opt/homebrew/var",
    environment: { OLLAMA_FLASH_ATTENTION: "1", OLLAMA_HOST: "0.0.0.0" },
  });
});

test("a binary one is what plutil makes of it", async () => {
  const xml = join(folder, "as-xml");
  copyFileSync(join(PLISTS, "com.example.mlx-oneline.plist"), xml);
  await expect(read("com.example.binary")).rejects.toThrow("it is binary and there is no plutil");
  plantTool(folder, "plutil", `exec cat '${xml}'`);
  expect((await read("com.example.binary")).label).toBe("com.example.mlx-oneline");
});

test("Program is what runs, whatever name ProgramArguments begin with", async () => {
  const path = join(folder, "p.plist");
  const words = ["provider", "serve"].map((word) => `<string>${word}</string>`).join("");
  writeFileSync(
    path,
    `<plist><dict><key>Label</key><string>p</string><key>Program</key><string>/opt/malibu-cli</string><key>ProgramArguments</key><array>${words}</array></dict></plist>`,
  );
  expect((await readPlist(path, env())).argv).toEqual(["/opt/malibu-cli", "serve"]);
});

test("what is no job description is a note with its reason, and keeps no other from being read", async () => {
  for (const name of readdirSync(PLISTS)) copyFileSync(join(PLISTS, name), join(folder, name));
  execFileSync("mkfifo", [join(folder, "com.example.fifo.plist")]);
  writeFileSync(join(folder, "com.example.long.plist"), Buffer.alloc(4_000_001, " "));
  const { plists, notes } = await readPlistFolder(folder, env());
  expect(plists.map(({ label }) => label)).toEqual([
    "com.example.mlx-oneline",
    "com.example.mlx-uv",
    "homebrew.mxcl.ollama",
    "live.malibu.provider-watchdog",
    "live.malibu.provider",
    "live.streamvc.macprovider",
  ]);
  expect(notes.map((note) => note.replace(/ in .* not looked at/, ""))).toEqual([
    "com.example.binary.plist: it is binary and there is no plutil",
    'com.example.empty.plist: not a property list: "" near line 1',
    expect.stringMatching(/^com\.example\.fifo\.plist: .* is not a file$/),
    expect.stringMatching(/^com\.example\.json\.plist: not a property list: /),
    expect.stringMatching(/^com\.example\.long\.plist: .* are more than 4000000$/),
    expect.stringMatching(/^com\.example\.utf16\.plist: not a property list: /),
  ]);
});
