// The table of binary files in docs/reviewer.md, from what was built: node scripts/write-shipped.mjs [--check] [folder of the worker].
// Each is compared with the file of the npm package that it is a copy of; --check writes nothing and fails where the page is not true.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGE = join(ROOT, "docs/reviewer.md");
const [START, END] = ["<!-- shipped -->", "<!-- /shipped -->"];

/** Which file of which package each binary is a copy of. */
const ORIGINS = [
  [/^better-sqlite3-([\w-]+)\.node$/, "better-sqlite3", ([, platform]) => `prebuilds/${platform}.node`],
  [/^terminal-notifier\.app\/.+$/, "node-notifier", ([path]) => `vendor/mac.noindex/${path}`],
];

const words = process.argv.slice(2);
const check = words.includes("--check");
const folder = resolve(words.find((word) => !word.startsWith("--")) ?? join(ROOT, "assets/worker"));
const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8"));
const { files } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));

/** What a build on Linux adds for itself is not shipped. */
const shipped = files.filter(({ platform }) => platform === null || platform === "darwin");
const binaries = shipped.filter(({ path }) => readFileSync(join(folder, path)).subarray(0, 8000).includes(0));
const rows = binaries.map(({ path, bytes, sha256 }) => {
  const content = readFileSync(join(folder, path));
  const found = ORIGINS.map(([pattern, name, inPackage]) => ({ match: pattern.exec(path), name, inPackage })).find(
    ({ match }) => match !== null,
  );
  if (found === undefined) fail(`${path} is binary, and no package is known that it comes from`);
  const original = join(ROOT, "node_modules", found.name, found.inPackage(found.match));
  if (!existsSync(original)) fail(`${path}: ${found.name} has no ${found.inPackage(found.match)}`);
  if (hash(content) !== sha256 || hash(readFileSync(original)) !== sha256)
    fail(`${path} is not what the manifest says or not the file of ${found.name}`);
  const { version } = lock.packages[`node_modules/${found.name}`];
  return `| \`${path}\` | ${kindOf(content)} | ${bytes} | \`${sha256}\` | ${found.name} ${version} |`;
});
const packages = [...new Set(ORIGINS.map(([, name]) => name))].map((name) => {
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  return `- ${name} ${version}: \`${integrity}\``;
});
const table = [
  "| file in `assets/worker` | kind | bytes | SHA-256 | npm package |",
  "| --- | --- | --- | --- | --- |",
  ...rows,
  "",
  "Integrity of those packages' archives, as npm checks it on `npm ci` (package-lock.json):",
  "",
  ...packages,
].join("\n");

const page = readFileSync(PAGE, "utf8");
const [before, after] = [page.slice(0, page.indexOf(START) + START.length), page.slice(page.indexOf(END))];
if (!before.endsWith(START) || !after.startsWith(END)) fail(`${PAGE} has lost its marks`);
const wanted = `${before}\n\n${table}\n\n${after}`;
if (!check) writeFileSync(PAGE, wanted);
else if (plain(wanted) !== plain(page)) fail("docs/reviewer.md does not say what was built: npm run docs");

/** Tables are laid out by Prettier. */
function plain(text) {
  return text.replace(/[ \t]+/g, " ").replace(/\| :?-+:? (?=\|)/g, "| --- ");
}

function kindOf(content) {
  const magic = content.readUInt32LE(0);
  if (magic === 0xfeedfacf)
    return { 0x0100000c: "Mach-O arm64", 0x01000007: "Mach-O x86_64" }[content.readUInt32LE(4)] ?? "Mach-O";
  if (content.toString("latin1", 0, 4) === "icns") return "icons";
  return content.toString("latin1", 0, 8) === "bplist00" ? "property list" : "data";
}

function hash(content) {
  return createHash("sha256").update(content).digest("hex");
}

function fail(why) {
  console.error(`write-shipped: ${why}`);
  process.exit(1);
}
