// doctor --evidence: what real Macs' tools say and what is read from it stand side by side in one private file, and nothing in it names
// the user, the machine or a secret.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { evidenceWrittenSchema } from "../../../worker/core/secrets/evidence.ts";
import { type LaunchdHarness, startLaunchd } from "../../support/worlds/launchd-harness.ts";
import { answersOn, eventually } from "../../support/worlds/live-world.ts";
import { installMacTools, type MacTools } from "../../support/mac/mac-outputs.ts";
import { createWorld, freePort, type World } from "../../support/worlds/program.ts";

const TOKEN = "hf_PlantedPlantedPlantedPlanted12";
const OPAQUE = "e6bd40b4d1f04cba9010a90b61249975";
const LABEL = "live.malibu.provider";

let mac: LaunchdHarness;
let world: World;
let tools: MacTools;
let written: string;
const file = () => join(mac.home, "evidence.md");

const evidence = (...args: string[]) =>
  world.run(["doctor", "--evidence", file(), "--port", String(world.port), ...args]);

beforeAll(async () => {
  mac = await startLaunchd("josé-");
  world = await createWorld({}, mac.home);
  tools = installMacTools(mac.home, {
    home: mac.home,
    user: "josé",
    more: [
      ["EMPTY= ", `EMPTY= HF_TOKEN=${TOKEN} MALIBU_GATE=${OPAQUE} `],
      ["serve --port 8080", `serve --port 8080 --api-key ${OPAQUE}`],
    ],
  });
  Object.assign(world.env, {
    PATH: `${tools.folder}:${mac.env["PATH"]}`,
    FAKE_LAUNCHD_DIR: mac.folder,
    USER: "josé",
    HF_TOKEN: TOKEN,
    LC_ALL: "C",
  });
  const port = await freePort();
  const secret = { HF_TOKEN: TOKEN, MALIBU_GATE: OPAQUE };
  const argv = [
    mac.program("malibu-cli", "fake-macprovider-cli.mjs"),
    "serve",
    "--model",
    "a/b",
    "--port",
    String(port),
    "--no-join",
  ];
  await mac.load({ label: LABEL, argv, keepAlive: true, env: secret, extra: { ExitTimeOut: 7 } });
  await eventually("the live provider answers", () => answersOn(port));
  const config = join(mac.home, ".config/macprovider/config.yaml");
  mkdirSync(join(config, ".."), { recursive: true });
  writeFileSync(config, `model: mlx-community/Qwen3-8B-4bit\napi_token: ${OPAQUE}\n# asked of 10.1.2.3\n`);
  const finished = await evidence();
  expect([finished.code, finished.stdout.trim()]).toEqual([0, file()]);
  written = readFileSync(file(), "utf8");
});
afterAll(async () => {
  await mac.stop();
});

/** The part of one probe. */
const part = (id: string) => {
  const from = written.indexOf(`Probe \`${id}\``);
  const to = written.indexOf("\n## ", from);
  return written.slice(from, to < 0 ? undefined : to);
};

test("the file is private, and stays as it is unless it is said otherwise", async () => {
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  const again = await evidence();
  expect([again.code, again.stderr]).toEqual([
    2,
    expect.stringMatching(/is there already; nothing was written\n.*--overwrite/),
  ]);
  expect(readFileSync(file(), "utf8")).toBe(written);
  expect((await world.run(["doctor", "--overwrite"])).code).toBe(2);
});

test("nothing of the user, the machine or a secret is in it", () => {
  const host = hostname().length > 3 ? [hostname()] : [];
  // prettier-ignore
  const forbidden = [
    mac.home, basename(mac.home), "josé", "jose", "josM-C", "jos\\xc3", "Núñez", "nunez", TOKEN, TOKEN.slice(0, 12), OPAQUE,
    OPAQUE.slice(0, 12), "C02XG0AAJGH5", "192.168.1.20", "fe80:1::1", "10.1.2.3", "23265379", ...host,
  ];
  const lower = written.toLowerCase();
  expect(forbidden.filter((text) => lower.includes(text.toLowerCase()))).toEqual([]);
  expect(written).not.toMatch(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i);
});

test("each probe says what was asked, what was said and what was read", () => {
  expect(written.match(/^Probe `/gm)?.length).toBe(written.match(/^## \d/gm)?.length);
  expect(part("system")).toMatch(
    /### `sw_vers -productVersion`\n\nSaid \(answered, exit code 0, \d+ ms, 1 line\):[^]*Read:[^]*"macOS \d/,
  );
  expect(part("memory")).toMatch(/Pages free:[^]*Read:[^]*"availableBytes": \d+/);
  expect(part("power")).toMatch(
    /Now drawing from 'Battery Power'\n -InternalBattery-0 \(id=SERIAL\)[^]*The Mac runs on battery/,
  );
  expect(part("boot")).toContain("UUID1");
  expect(part("services")).toMatch(/exit timeout = 7[^]*Read:[^]*"exitTimeoutS": 7/);
  expect(part("plists")).toMatch(/<key>MALIBU_GATE<\/key>\s*<string>\(32-characters\)<\/string>/);
  expect(part("plists")).toMatch(/"would run": "malibu-cli"/);
  expect(part("processes")).toMatch(
    /887 .*~\/\.malibu\/bin\/malibu-cli serve --port 8080 --api-key \*{4}[^]*Read:[^]*"pid": 887/,
  );
  expect(part("provider-processes")).toMatch(/MALIBU_GATE=\(32-characters\)/);
  expect(part("listeners")).toMatch(/n\*:8080[^]*Read:[^]*"port": 8080/);
  expect(part("programs")).toMatch(/malibu-cli serve --help[^]*--kv-bits[^]*Read:[^]*"axes": \[\n\s+"kv_bits"/);
  expect(part("configs")).toMatch(/api_token: \*{4}[^]*"model": "mlx-community\/Qwen3-8B-4bit"/);
  expect(part("live")).toContain(`"label": "${LABEL}"`);
  expect(part("doctor")).toContain("In the way");
  expect(written).toContain("with letters that are not ASCII.");
});

test("a tool that fails is shown as such; ps and lsof are asked in a language in which names stay readable", async () => {
  const said = join(mac.home, "asked");
  for (const name of ["ps", "lsof"]) tools.tool(name, `echo "$LC_ALL,$LC_CTYPE,$LC_TIME,$TZ" >>'${said}'; exit 1`);
  const finished = await evidence("--overwrite", "--json");
  const { path, probes } = evidenceWrittenSchema.parse(JSON.parse(finished.stdout));
  expect([finished.code, path]).toEqual([0, file()]);
  const of = (id: string) => probes.find((probe) => probe.id === id);
  expect([of("memory"), of("processes"), of("services")]).toMatchObject([
    { unanswered: 0 },
    { answered: 0, unanswered: 1 },
    { unanswered: 0 },
  ]);
  expect(new Set(readFileSync(said, "utf8").trim().split("\n"))).toContain(",en_US.UTF-8,C,UTC");
  const anew = readFileSync(file(), "utf8");
  expect(anew).not.toBe(written);
  expect(anew).toMatch(/Said nothing \(failed, exit code 1, \d+ ms\)/);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test("a file that cannot be written is said, and no folder is made for it", async () => {
  const finished = await world.run(["doctor", "--evidence", join(mac.home, "nowhere/evidence.md")]);
  expect([finished.code, finished.stderr]).toEqual([2, expect.stringMatching(/cannot write .*nowhere/)]);
  expect(existsSync(join(mac.home, "nowhere"))).toBe(false);
});

test("rather no file than one in which a secret is left", async () => {
  // It stands in the file's own words, which nothing replaces.
  const path = join(mac.home, "left.md");
  const finished = await world.run(["doctor", "--evidence", path], { HF_TOKEN: "environment" });
  expect([finished.code, finished.stderr]).toEqual([
    70,
    expect.stringContaining("the evidence still holds a secret; nothing was written"),
  ]);
  expect(existsSync(path)).toBe(false);
});
