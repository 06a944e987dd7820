// The manifest against our own schema of it, which `ray lint` is given offline: what is wrong is refused, field by field.
import { expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { existsSync, readFileSync } from "node:fs";

type Manifest = Record<string, unknown> & {
  commands: Record<string, unknown>[];
  tools: Record<string, unknown>[];
  preferences: Record<string, unknown>[];
};

const read = () => JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const schema = JSON.parse(readFileSync("scripts/manifest.schema.json", "utf8")) as object;
const validate = new Ajv({ allErrors: true }).compile(schema);

/** Where the manifest is wrong after `change`. */
function wrong(change: (manifest: Manifest) => void): string[] {
  const manifest = read();
  change(manifest);
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

test("the manifest is as Raycast's store wants it, and every entry has a source", () => {
  expect(wrong(() => undefined)).toEqual([]);
  const { commands, tools } = read();
  const names = [...commands.map(({ name }) => String(name)), ...tools.map(({ name }) => `tools/${String(name)}`)];
  const source = (name: string) => [".tsx", ".ts"].some((end) => existsSync(`src/${name}${end}`));
  expect(names.filter((name) => !source(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

const first = (list: Record<string, unknown>[]) => list[0] ?? {};

test.each<[string, (manifest: Manifest) => void, RegExp]>([
  ["no title", (manifest) => delete manifest["title"], /required property 'title'/],
  ["a version, which the store gives", (manifest) => (manifest["version"] = "1.0.0"), /^ must NOT be valid$/],
  ["an unknown category", (manifest) => (manifest["categories"] = ["Tools"]), /^\/categories\/0 /],
  ["a licence of our own", (manifest) => (manifest["license"] = "Own"), /^\/license /],
  ["an unknown mode", ({ commands }) => (first(commands)["mode"] = "window"), /^\/commands\/0\/mode /],
  [
    "a mistyped field",
    ({ commands }) => (first(commands)["subtitel"] = "x"),
    /^\/commands\/0 must NOT have additional/,
  ],
  ["a short description", ({ commands }) => (first(commands)["description"] = "Tunes"), /^\/commands\/0\/description /],
  ["an interval of a view", ({ commands }) => (first(commands)["interval"] = "10s"), /^\/commands\/0\/mode /],
  ["a wrong interval", ({ commands }) => (first(commands)["interval"] = "often"), /^\/commands\/0\/interval /],
  ["a long title of a tool", ({ tools }) => (first(tools)["title"] = "x".repeat(51)), /^\/tools\/0\/title /],
  ["an unknown preference", ({ preferences }) => (first(preferences)["type"] = "number"), /^\/preferences\/0\/type /],
  ["a checkbox without label", ({ preferences }) => (first(preferences)["type"] = "checkbox"), /'label'/],
  ["a dropdown without data", ({ preferences }) => (first(preferences)["type"] = "dropdown"), /'data'/],
])("a manifest with %s is refused", (_what, change, message) => {
  const errors = wrong(change);
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.join("\n")).toMatch(new RegExp(message.source, "m"));
});
