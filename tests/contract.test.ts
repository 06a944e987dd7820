// docs/contract.md beside the sources: what is cited has a text, and what the table names is there.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");
const CONTRACT = readFileSync(join(ROOT, "docs/contract.md"), "utf8");

test("each section that a source cites has a text", () => {
  const headings = new Set([...CONTRACT.matchAll(/^## (§\d+) /gm)].map(([, section]) => section));
  const sources = globSync("{worker,src,bench,scripts,tests}/**/*.{ts,tsx,mjs}", { cwd: ROOT });
  const cited = sources.flatMap((source) =>
    [...readFileSync(join(ROOT, source), "utf8").matchAll(/[Cc]ontract (§\d+(?:(?:, | and )§\d+)*)/g)].flatMap(
      ([, list = ""]) => list.split(/, | and /).map((section) => ({ source, section })),
    ),
  );
  expect(cited.length).toBeGreaterThan(100);
  expect(cited.filter(({ section }) => !headings.has(section))).toEqual([]);
});

/** `config-*.ts` and bare names stand beside the file before them. */
function pathsOf(cell: string): string[] {
  let folder = "";
  return cell
    .split(",")
    .map((one) => one.trim().replaceAll("\\", ""))
    .filter((one) => /^[\w./*{}-]+\.(ts|tsx|mjs)$/.test(one))
    .map((one) => (one.includes("/") ? ((folder = dirname(one)), one) : join(folder, one)));
}

test("each file that the table names is there", () => {
  const rows = CONTRACT.slice(CONTRACT.indexOf("## §16 ")).matchAll(/^\|[^|]+\|[^|]+\|([^|]+)\|[^|]+\|$/gm);
  const paths = [...rows].flatMap(([, cell = ""]) => pathsOf(cell));
  expect(paths.length).toBeGreaterThan(80);
  const isThere = (path: string) =>
    path.includes("*") ? globSync(path, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, path));
  expect(paths.filter((path) => !isThere(path))).toEqual([]);
});

test("each test that the table names is there", () => {
  const rows = CONTRACT.slice(CONTRACT.indexOf("## §16 ")).matchAll(/^\|[^|]+\|[^|]+\|[^|]+\|([^|]+)\|$/gm);
  const names = [...rows].flatMap(([, cell = ""]) => cell.replaceAll("\\", "").match(/\b[AT]\/[\w/*-]+/g) ?? []);
  expect(names.length).toBeGreaterThan(80);
  const folders = { A: "tests/acceptance", T: "tests" };
  const isThere = (name: string) =>
    globSync(`${folders[name[0] as "A" | "T"]}${name.slice(1)}{,.test.ts,.slow.test.ts}`, { cwd: ROOT }).length > 0;
  expect(names.filter((name) => !isThere(name))).toEqual([]);
});

test("each file that ARCHITECTURE.md links is there", () => {
  const links = [...readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8").matchAll(/\]\(([\w./-]+)\)/g)];
  expect(links.length).toBeGreaterThan(60);
  expect(links.map(([, path = ""]) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
