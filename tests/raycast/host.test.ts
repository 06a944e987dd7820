// The host that runs built commands (tests/raycast-host): what it draws, does, records and refuses, shown on a sample extension.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPONENTS, NOT_OFFERED, OWN_TITLES } from "../raycast-host/api/components.ts";
import { follow, launch, rows, run, runTool, textOf, type App, type LaunchOptions } from "../raycast-host/index.ts";
import { quickBuild } from "../raycast-host/quick-build.ts";
import { componentsOfTypes } from "./support/component-types.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

const EXTENSION = "tests/fixtures/raycast-sample";
const folder = mkdtempSync(join(tmpdir(), "raycast-sample-"));
const dist = join(folder, "dist");
const open: App[] = [];
let homes = 0;

beforeAll(async () => {
  await quickBuild(dist, EXTENSION);
});

afterAll(async () => {
  await Promise.allSettled(open.map((app) => app.close()));
  removeFolder(folder);
});

/** A home for one test, so that what is stored in it stays for the test's later launches. */
function newHome(): string {
  const home = join(folder, `home-${++homes}`);
  mkdirSync(home);
  return home;
}

const sample = (options: LaunchOptions = {}) => ({ extension: EXTENSION, dist, ...options });

async function start(name: string, options: LaunchOptions = {}): Promise<App> {
  const app = await launch(name, sample(options));
  open.push(app);
  return app;
}

async function people(options: LaunchOptions = {}): Promise<App> {
  const app = await start("people", options);
  await app.until((tree) => rows(tree).length > 0 && tree.props["isLoading"] === false, "people");
  return app;
}

const title = (app: App) => textOf(app.tree()?.props["navigationTitle"]);

test("a list shows its rows, the first one selected, preferences from the manifest and the time of each paint", async () => {
  const app = await people({ appearance: "dark", preferences: { folder: "/tmp" } });
  expect(app.rows()).toEqual(["Ada Lovelace", "Grace Hopper", "Alan Turing"]);
  expect(title(app)).toBe("Hello dark /tmp");
  await app.until(() => /ada selected/.test(app.text()), "the selection told to the view");
  expect(app.selected()?.props["accessories"]).toEqual([
    { tag: { value: "1815", color: "raycast-orange" } },
    { text: "Mathematics", icon: "book-16" },
  ]);
  expect(app.paints[0]?.isLoading).toBe(true);
  expect(app.paints[0]?.atMs).toBeGreaterThan(app.paints[0]?.sinceRenderMs ?? Infinity);
  await app.close();
});

test("a row's actions act on that row: push and pop a view, copy, launch a command", async () => {
  const app = await people();
  await app.select("Grace Hopper");
  expect(app.actions()).toEqual(["Show More", "Toggle Detail", "Copy to Clipboard", "Edit", "Remove"]);
  await app.act("Show More");
  expect([app.depth, title(app)]).toEqual([2, "Grace Hopper"]);
  await app.act("See Again");
  await app.press("cmd+r");
  expect(app.text()).toContain("Seen 2 times");
  await app.act("Reset");
  expect(app.text()).toContain("Seen 0 times");
  await app.act("Back");
  expect(app.selected()?.props["id"]).toBe("grace");
  await app.press("cmd+shift+c");
  expect(app.clipboard).toBe("Grace Hopper");
  await expect(app.act("Nonsense")).rejects.toThrow("there is: Show More, Toggle Detail");
  await app.act("Edit");
  const form = await follow(app);
  open.push(form);
  await form.until((tree) => tree.type === "Form", "the form");
  expect((await form.values())["name"]).toBe("Grace Hopper");
  await form.close();
});

test("search and dropdown change what is there; an empty view offers its own action", async () => {
  const home = newHome();
  const app = await people({ home });
  await app.search("1906");
  expect(app.rows()).toEqual(["Grace Hopper"]);
  await app.search("nobody at all");
  expect(app.actions()).toEqual(["Invite"]);
  await app.act("Invite");
  expect(app.opened).toEqual([{ how: "open", target: "mailto:somebody" }]);
  await app.search("");
  await app.choose("Before 1900");
  expect(app.rows()).toEqual(["Ada Lovelace"]);
  await app.act("Toggle Detail");
  expect(app.text()).toContain("| Born: 1815");
  await app.close();
  const again = await people({ home });
  await again.until(() => again.rows().length === 1, "the remembered choice");
  await again.close();
});

test("the launch context selects a row", async () => {
  const app = await people({ launchContext: { id: "alan" } });
  expect(app.selected()?.props["id"]).toBe("alan");
  await app.close();
});

test("a dialog is answered after the world has changed, a toast tells every look and has actions", async () => {
  const home = newHome();
  const support = join(home, "support");
  const app = await people({ home, supportPath: support, answer: false });
  await app.act("Remove");
  expect(app.toasts).toEqual([]);
  app.answer((alert) => {
    expect(alert.primaryAction).toEqual({ title: "Remove", style: "destructive" });
    writeFileSync(join(support, "locked"), "");
    return true;
  });
  await app.act("Remove");
  expect((await app.toast("Locked")).style).toBe("FAILURE");
  await app.pressToast("Copy Log");
  expect(app.clipboard).toBe("the log");
  rmSync(join(support, "locked"));
  app.answer(true);
  await app.act("Remove");
  expect((await app.toast("Removed")).history.map((look) => look.title)).toEqual(["Removing", "Removed"]);
  expect(app.alerts.map(({ answer }) => answer)).toEqual([false, true, true]);
  await app.close();
  const again = await people({ home, supportPath: support });
  expect(again.rows()).toEqual(["Grace Hopper", "Alan Turing"]);
  await again.close();
});

test("a dialog without an answer fails the command", async () => {
  const app = await people();
  await expect(app.act("Remove")).rejects.toThrow("answers no alert");
  await app.close();
});

test("a form sends controlled, default, chosen and remembered values, and shows what is wrong", async () => {
  const home = newHome();
  const app = await start("form", { home });
  await app.until((tree) => tree.type === "Form", "the form");
  await app.submit();
  await app.until(() => app.find("Form.TextField")?.props["error"], "the complaint about the name");
  await app.fill({ name: "Ada", notes: "second", size: "Large", tags: ["A", "b"], agree: false });
  expect(app.text()).toContain("Notes are SECOND");
  await expect(app.fill({ size: "Huge" })).rejects.toThrow("it offers: s, l");
  await expect(app.fill({ agree: "yes" })).rejects.toThrow("true or false");
  await app.act("Send");
  const sent = { name: "Ada", notes: "SECOND", size: "l", tags: ["a", "b"], agree: false };
  expect(JSON.parse((await app.toast("Sent")).message ?? "")).toEqual(sent);
  await app.close();
  const again = await start("form", { home });
  await again.until((tree) => tree.type === "Form", "the form");
  expect(await again.values()).toEqual({ name: "", notes: "first", size: "l", tags: ["a"], agree: true });
  await again.close();
});

test("items of a menu can be pressed, also those of a submenu", async () => {
  const app = await start("menu", { launchType: "background" });
  await app.until((tree) => tree.props["title"] === "42 tok/s", "the menu");
  await app.act("Inner");
  await app.press("cmd+o");
  expect(app.launches.map(({ name, type, context }) => [name, type, context])).toEqual([
    ["no-view", "background", { type: "left-click" }],
    ["people", "userInitiated", { id: "alan" }],
  ]);
  await app.close();
});

test("a no-view command runs to its end in a home of its own, with its cache across launches", async () => {
  const home = newHome();
  const options = sample({ home, preferences: { token: "abc" }, answer: true });
  await run("no-view", { ...options, answer: false });
  const app = await run("no-view", options);
  expect([app.huds, app.subtitles, app.alerts[0]?.title]).toEqual([["Done"], [`2 runs in ${home}`], "Use abc?"]);
  await expect(run("no-view", sample({ answer: true }))).rejects.toThrow("token has no value");
});

test("a tool is confirmed first where it asks", async () => {
  const small = await runTool("double", { number: 2 }, sample());
  expect([small.value, small.confirmation]).toEqual([{ doubled: 4 }, undefined]);
  const refused = await runTool("double", { number: 200 }, { ...sample(), confirm: false });
  expect([refused.value, refused.confirmation?.message]).toEqual([undefined, "Double 200?"]);
});

test.each([
  ["prop", '<List> does not know the prop "colour"'],
  ["place", "<Action> stands in <List>"],
  ["text", 'the text "loose" stands in <List>'],
  ["key", 'should have a unique "key" prop'],
  ["keys", "<ActionPanel> has the same keys for Copy and Take"],
  ["twice", "a view drew <Detail> and <Detail>"],
  ["title", '<List.Item> needs the prop "title"'],
  ["render", "broken while rendering"],
  ["icon", "@raycast/api has no Icon.Nonsense"],
  ["import", "@raycast/api has no ActionPanel.Menu"],
  ["rejection", "left alone"],
])("a view with a fault (%s) fails the test", async (fault, message) => {
  const app = await launch("faulty", sample({ launchContext: { fault } }));
  await expect(app.until(() => false, "a fault")).rejects.toThrow(message);
  app.forgive();
  await app.close();
});

test.each([
  ["handle", "did not end within"],
  ["zombie", "nobody will wait for"],
])("a view that leaves something behind (%s) fails when it is closed", async (fault, message) => {
  const app = await launch("faulty", sample({ launchContext: { fault } }));
  await app.until((tree) => tree.type === "List", "the list");
  await expect(app.close()).rejects.toThrow(message);
});

test("the table of components says what the types of the API say", () => {
  const declared = componentsOfTypes([...Object.keys(COMPONENTS), ...NOT_OFFERED]);
  for (const [name, { props, required }] of Object.entries(COMPONENTS)) {
    const types = declared[name] ?? { props: [], required: [] };
    expect([name, [...props].filter((prop) => prop !== "ref").sort()]).toEqual([name, types.props]);
    expect([name, [...required].sort()]).toEqual([name, types.required]);
  }
  expect(Object.keys(OWN_TITLES).filter((name) => !(name in COMPONENTS))).toEqual([]);
});
