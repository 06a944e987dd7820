// uninstall in a real home folder: all that the program and its extension wrote goes, nothing else does, and never while something of
// it is at work or out of service.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { uninstallSchema } from "../../../worker/core/machine/uninstall.ts";
import { processStartTime } from "../../../worker/platform/processes/process-identity.ts";
import { openStore } from "../../../worker/store/store.ts";
import { createWorld, type World } from "../../support/worlds/program.ts";

let world: World;
beforeEach(async () => (world = await createWorld()));
afterEach(() => world.close());

const SUPPORT = "Library/Application Support/com.raycast.macos/extensions/mlx-autotune";
const RUN = "0f6a3c52-1111-4222-8333-444455556666";
const CONFIG = ".config/macprovider/config.yaml";

const at = (path: string) => join(world.home, path);
function write(path: string, text = "x"): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

/** Files of the program, of the extension, of the provider and of the user. */
function plant(): { ours: string[]; others: string[] } {
  openStore(world.dbPath).close();
  const own = ".config/mlx-autotune";
  // prettier-ignore
  const ours = [
    `${own}/config.yaml`, `${own}/serve.yaml`, `${own}/simulated.yaml`, `${own}/.serve.yaml.mlx-autotune.lock`, `${own}/logs/${RUN}/a.log`,
    `${own}/logs/${RUN}.worker.log`, `${own}/reports/${RUN}.html`, `${own}/reports/.${RUN}.html.4194303.tmp`, `${SUPPORT}/worker-0123456789abcdef/cli.cjs`,
    `${SUPPORT}/new-worker-x/cli.cjs`, `${SUPPORT}/calls/call-1/stdout`,
  ];
  // prettier-ignore
  const others = [
    CONFIG, `${CONFIG}.bak-1700000000-0`, `${own}/serve.yaml.bak-1700000000-0`, ".cache/huggingface/hub/models--a--b/refs/main",
    "Library/LaunchAgents/live.malibu.provider.plist", "Library/Application Support/com.raycast.macos/extensions/other/file",
  ];
  for (const path of [...ours, ...others]) write(path, path.endsWith("config.yaml") ? "" : "x");
  return { ours: [...ours, own + "/autotune.sqlite"], others };
}

const present = (paths: string[]) => paths.filter((path) => existsSync(at(path)));
const all = (folder = world.home): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
const json = (text: string) => uninstallSchema.parse(JSON.parse(text));

test("a dry run lists everything with sizes, what stays with the reason, and changes nothing", async () => {
  const { ours } = plant();
  const before = all();
  const { code, stdout } = await world.run(["uninstall", "--dry-run"]);
  expect([code, all()]).toEqual([0, before]);
  expect(stdout).toMatch(/^Would remove:\n/);
  for (const path of ours.filter((one) => !/logs|reports|worker-|calls/.test(one))) expect(stdout).toContain(at(path));
  expect(stdout).toMatch(/the provider's config: it is the provider's/);
  expect(stdout).toMatch(/models in .*huggingface\/hub: other programs use them, too/);
  expect(stdout).toMatch(/serve\.yaml\.bak-1700000000-0: a backup of your config; --backups/);
  const listed = json((await world.run(["uninstall", "--dry-run", "--json"])).stdout);
  expect(listed).toMatchObject({ state: "dry_run", refused: null, problems: [] });
});

test("it asks: without a terminal and without --yes nothing is removed", async () => {
  plant();
  const before = all();
  for (const more of [[], ["--json"]]) {
    const { code, stderr } = await world.run(["uninstall", ...more]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/asks first.*\n.*--yes/)]);
  }
  expect(all().filter((path) => !/-(wal|shm)$/.test(path))).toEqual(before);
});

test("with --yes all of ours is gone and nothing else; a second time there is nothing to remove", async () => {
  const { ours, others } = plant();
  write(".config/mlx-autotune/notes.txt", "the user's");
  const { code, stdout } = await world.run(["uninstall", "--yes", "--json"]);
  expect(code).toBe(0);
  const done = json(stdout);
  expect(done.state).toBe("removed");
  expect(present(ours)).toEqual([]);
  expect(present(others)).toEqual(others);
  expect(readdirSync(at(".config/mlx-autotune")).sort()).toEqual(["notes.txt", "serve.yaml.bak-1700000000-0"]);
  expect(done.left.map(({ what }) => what)).toContain(at(".config/mlx-autotune/notes.txt"));
  expect(readdirSync(at(SUPPORT))).toEqual(["calls"]);
  const again = await world.run(["uninstall", "--yes"]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^There is nothing to remove/)]);
  expect(existsSync(world.dbPath)).toBe(false);
});

test("--backups removes those in our folder and those that the database names, never others", async () => {
  plant();
  const { code } = await world.run(["uninstall", "--yes", "--backups"]);
  expect(code).toBe(0);
  expect(existsSync(at(".config/mlx-autotune"))).toBe(false);
  expect(existsSync(at(`${CONFIG}.bak-1700000000-0`))).toBe(true);
});

test("a database elsewhere: only what is ours beside it goes", async () => {
  const db = at("data/runs.sqlite");
  mkdirSync(dirname(db), { recursive: true });
  openStore(db).close();
  for (const path of [
    `data/logs/${RUN}.worker.log`,
    "data/logs/mine.log",
    "data/reports/mine.html",
    "data/other.sqlite",
  ])
    write(path);
  expect((await world.run(["uninstall", "--yes", "--db-path", db])).code).toBe(0);
  expect(all(at("data"))).toEqual(["logs", "logs/mine.log", "other.sqlite", "reports", "reports/mine.html"]);
});

const me = () => ({ pid: process.pid, pidStartedAt: processStartTime(process.pid) ?? "unknown" });

test("while a run is active it is refused, and a dry run says so", async () => {
  plant();
  const store = openStore(world.dbPath);
  store.beginRun({ runId: RUN, startedAt: "2026-01-01T00:00:00Z", specVersion: "1", inputs: {} }, me(), () => true);
  store.close();
  const before = all();
  const refused = await world.run(["uninstall", "--yes"]);
  expect([refused.code, refused.stderr]).toEqual([75, expect.stringMatching(/is active[^]*mlx-autotune cancel/)]);
  const listed = json((await world.run(["uninstall", "--dry-run", "--json"])).stdout);
  expect(listed.refused).toMatch(/is active.*cancel/);
  expect(present(before)).toEqual(before);
  const mended = openStore(world.dbPath);
  mended.closeDeadRuns(() => false);
  mended.close();
});

test.each(["open", "given up"])("while a provider is drained (%s) it is refused: restore first", async (state) => {
  plant();
  const store = openStore(world.dbPath);
  const plistPath = at("Library/LaunchAgents/live.malibu.provider.plist");
  const label = "live.malibu.provider";
  const service = {
    kind: "launchd",
    domain: "gui/501",
    label,
    role: "provider",
    plistPath,
    processes: [],
    ports: [],
  } as const;
  const id = store.drains.intend("run-1", { ...service, processes: [], ports: [] }, me());
  if (state === "given up") store.drains.settle(id, "failed", "bootstrap answered 5");
  store.close();
  const before = all();
  const { code, stderr } = await world.run(["uninstall", "--yes"]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/out of service.*live\.malibu\.provider[^]*mlx-autotune restore/),
  ]);
  expect(present(before)).toEqual(before);
});

test("a database that cannot be read is not removed: perhaps something is drained", async () => {
  mkdirSync(dirname(world.dbPath), { recursive: true });
  writeFileSync(world.dbPath, "no database at all, but long enough to be one".repeat(40));
  const { code, stderr } = await world.run(["uninstall", "--yes"]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/not a SQLite database/)]);
  expect(existsSync(world.dbPath)).toBe(true);
  rmSync(world.dbPath);
});

test("settings that cannot be read are refused, as they may name another database", async () => {
  plant();
  write(".config/mlx-autotune/config.yaml", "target-context: many\n");
  const { code, stderr } = await world.run(["uninstall", "--yes"]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/target-context[^]*--db-path/)]);
  expect((await world.run(["uninstall", "--yes", "--db-path", world.dbPath])).code).toBe(0);
});

test("a plist of the user that runs this program is named and stays", async () => {
  plant();
  const plist = "Library/LaunchAgents/me.serve.plist";
  const words = ["/usr/local/bin/mlx-autotune", "serve"].map((word) => `<string>${word}</string>`).join("");
  write(
    plist,
    `<plist><dict><key>Label</key><string>me.serve</string><key>ProgramArguments</key><array>${words}</array></dict></plist>`,
  );
  const { left } = json((await world.run(["uninstall", "--yes", "--json"])).stdout);
  expect(left).toContainEqual({ what: at(plist), why: expect.stringContaining("not made by this program") });
  expect(existsSync(at(plist))).toBe(true);
});

test("whoever has the database open cannot begin a run in it any more", async () => {
  plant();
  const store = openStore(world.dbPath);
  expect((await world.run(["uninstall", "--yes"])).code).toBe(0);
  const run = { runId: RUN, startedAt: "2026-01-01T00:00:00Z", specVersion: "1", inputs: {} };
  expect(() => store.beginRun(run, me(), () => true)).toThrow(/tune_active/);
  store.close();
  expect(existsSync(world.dbPath)).toBe(false);
});

test("what cannot be removed is said, and the code is not 0", async () => {
  plant();
  const folder = at(`${SUPPORT}/worker-0123456789abcdef`);
  // Root may remove everything; everybody else is stopped by the folder's mode.
  chmodSync(folder, 0o500);
  const { code, stdout } = await world.run(["uninstall", "--yes", "--json"]);
  chmodSync(existsSync(folder) ? folder : world.home, 0o700);
  const done = json(stdout);
  expect(code).toBe(done.problems.length === 0 ? 0 : 1);
  expect(done.state).toBe(existsSync(folder) ? "incomplete" : "removed");
  expect(readFileSync(at(CONFIG), "utf8")).toBe("");
});
