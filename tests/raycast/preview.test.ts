// The preview of a drawn view (tests/raycast-host/preview): what of the view is on the page, and a picture of the store's size.
import { expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, preview, screenshot } from "../raycast-host/preview/index.ts";
import { markdown } from "../raycast-host/preview/markdown.ts";
import type { ViewNode } from "../raycast-host/index.ts";
import { removeFolder } from "../support/worlds/remove-folder.ts";

let ids = 0;

function node(type: string, props: Record<string, unknown> = {}, part: Partial<ViewNode> = {}): ViewNode {
  return { id: ++ids, type, props, children: [], slots: {}, state: {}, ...part };
}

function list(): ViewNode {
  const actions = node(
    "ActionPanel",
    {},
    {
      children: [
        node("Action", { title: "Show Run", icon: "eye-16" }),
        node("Action", { title: "Delete", style: "destructive", shortcut: { modifiers: ["ctrl"], key: "x" } }),
      ],
    },
  );
  const accessories = [{ tag: { value: "41.8 tok/s", color: "raycast-green" } }, { date: new Date(0) }];
  const row = node("List.Item", { title: "<b>Qwen</b>", subtitle: "8B", accessories }, { slots: { actions } });
  const section = node("List.Section", { title: "Recipes" }, { children: [row] });
  return node("List", {}, { children: [section], state: { selected: row.id, rows: [row.id], search: "" } });
}

test("a list shows its rows escaped, tags in the colours of the appearance, ages, and the first action in the bar", () => {
  const light = preview(list(), { title: "Tuning Runs", now: 3 * 3_600_000 });
  expect(light).toContain("&lt;b&gt;Qwen&lt;/b&gt;");
  expect(light).toMatch(/class="tag" style="color:#067a54">41.8 tok\/s/);
  expect(light).toMatch(/class="accessory"><span>3h/);
  expect(light).toMatch(/class="bar">.*Tuning Runs.*Show Run <kbd>↵<\/kbd>/);
  expect(light).not.toContain('class="panel"');
  const dark = preview(list(), { appearance: "dark", panel: true });
  expect(dark).toMatch(/class="tag" style="color:#59d499">/);
  expect(dark).toMatch(/class="entry bad">Delete<span class="keys"><kbd>⌃<\/kbd><kbd>X<\/kbd>/);
});

test("toast and dialog lie over the view", () => {
  const alert = {
    title: "Delete this run?",
    primaryAction: { title: "Delete", style: "destructive" },
    dismissAction: { title: "Cancel", style: "cancel" },
  };
  const page = preview(list(), { toast: { style: "FAILURE", title: "Not deleted", message: "it is active" }, alert });
  expect(page).toContain("<b>Not deleted</b>it is active");
  expect(page).toContain('<div class="button bad">Delete</div>');
});

test("markdown draws headings, tables, code, lists and pictures with their width", () => {
  const picture = "data:image/svg+xml;base64,PHN2Zy8+";
  const page = markdown(
    `## A & B\n\n| Cell | tok/s |\n| --- | --- |\n| kv\\_bits \`4\` | **41.8** |\n\n- one\n- two\n\n\`\`\`\nrun <x>\n\`\`\`\n\n![chart](${picture}?raycast-width=600)`,
  );
  expect(page).toContain("<h2>A &amp; B</h2>");
  expect(page).toContain("<td>kv_bits <code>4</code></td><td><strong>41.8</strong></td>");
  expect(page).toContain("<ul><li>one</li><li>two</li></ul>");
  expect(page).toContain("<pre><code>run &lt;x&gt;</code></pre>");
  expect(page).toContain(`src="${picture}" style="width:600px"`);
});

const pictured = findChromium() === undefined ? test.skip : test;

pictured("a picture has the size that the store asks for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "preview-test-"));
  const file = join(folder, "list.png");
  await screenshot(preview(list()), file);
  const bytes = readFileSync(file);
  removeFolder(folder);
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([2000, 1250]);
});
