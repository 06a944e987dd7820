// Over generated YAML: an edit changes owned keys only, and apply then revert gives the original bytes.
// CONFIG_PROPERTY_RUNS sets the number of cases (default 1,000).
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { editConfig } from "../worker/core/config/config-edit.ts";
import { planRevert } from "../worker/core/config/config-revert.ts";
import { OWNED_KEYS, type ConfigChanges } from "../worker/core/config/config-values.ts";

const RUNS = Number(process.env["CONFIG_PROPERTY_RUNS"] ?? 1000);

/** Some lines of a file; `owned` marks the one line of an owned key. */
interface Part {
  lines: string[];
  owned: boolean;
}

const word = fc.constantFrom(
  "port",
  "host",
  "größe",
  "a",
  "log-level",
  "x.y",
  "drafts",
  "模型",
  "model_dir",
  "kv_bitsy",
);
const comment = fc.constantFrom("", "", " # why", "   #", "\t# tab\there", " # kv_bits: 4", " # 😀 'x\" {[");
const scalar = fc.constantFrom(
  "1",
  "on",
  "'it''s'",
  '"\\u00e9 # no"',
  "plain text",
  "http://h:1/x#y",
  "",
  "~",
  "[1, {a: b}]",
  "{model: x}",
  "*base",
  "-1",
  "é",
);
const indent = fc.constantFrom("  ", "    ");

const loose = fc
  .constantFrom([""], ["# comment"], ["  # indented"], ["   "], ["", "# a", ""], ["#model: x"])
  .map((lines) => (_at: number): string[] => [...lines]);
const pair = fc.tuple(scalar, comment).map(([value, tail]) => (key: string): string[] => [`${key}: ${value}${tail}`]);
const nested = fc
  .tuple(
    indent,
    fc.array(fc.constantFrom("kv_bits: 4", "b: 'x'", "# in", "", "c: [1]"), { minLength: 1, maxLength: 4 }),
    comment,
  )
  .map(([by, lines, tail]) => (key: string): string[] => [
    `${key}:${tail}`,
    ...lines.map((line, at) => (line === "" ? "" : `${by}${line.replace(/^\w+/, `$&${at}`)}`)),
  ]);
const block = fc
  .tuple(
    fc.constantFrom("|", ">", "|-", "|+", ">+"),
    fc.array(fc.constantFrom("model: x", "text", "", "# no comment", "  deeper", "..."), { maxLength: 4 }),
  )
  .map(([style, lines]) => (key: string): string[] => [
    `${key}: ${style}`,
    "  first",
    ...lines.map((line) => (line === "" ? "" : `  ${line}`)),
  ]);
const folded = fc.constant((key: string): string[] => [`${key}: one`, "  two", "", "  three"]);
const quoted = fc.constant((key: string): string[] => [`${key}: "one`, '  # two" # three']);
const list = fc.constant((key: string): string[] => [`${key}:`, "- 1", "- model: 2", "# between", "- 'x'"]);
const foreign = fc.tuple(word, fc.oneof(pair, pair, nested, block, folded, quoted, list)).map(
  ([name, linesOf]) =>
    (at: number): string[] =>
      linesOf(`${name}_${at}`),
);

const ownedValue = fc.constantFrom(
  "4",
  "8",
  "old/model",
  "'old'",
  '"old"',
  "",
  "~",
  "null",
  "'4'",
  "2 ",
  "08",
  "true",
  "a#b",
  "&x 4",
  "|\n",
  "[1]",
);
const ownedLine = fc
  .tuple(fc.constantFrom("", "", "", "'", '"'), fc.constantFrom(":", ":  ", ": ", " : ", ":\t"), ownedValue, comment)
  .map(([quote, colon, value, tail]) => (key: string) => {
    const gap = value !== "" && colon === ":" ? " " : "";
    return `${quote}${key}${quote}${colon}${gap}${value === "|\n" ? "x" : value}${tail}`;
  });

const ownedParts = fc.tuple(
  ...OWNED_KEYS.map((key) => fc.option(ownedLine.map((line) => ({ lines: [line(key)], owned: true })))),
);
const foreignParts = fc
  .array(fc.oneof(loose, foreign), { maxLength: 7 })
  .map((items) => items.map((linesAt, at): Part => ({ lines: linesAt(at), owned: false })));

interface Generated {
  text: string;
  foreignLines: string[];
}

const config: fc.Arbitrary<Generated> = fc
  .record({
    parts: fc.tuple(foreignParts, ownedParts, fc.infiniteStream(fc.nat(20))),
    lineBreak: fc.constantFrom("\n", "\n", "\r\n"),
    head: fc.constantFrom([], [], ["---"], ["--- # doc"], ["%YAML 1.2", "---"], ["# top"], ["base0: &base {n: 1}"]),
    tail: fc.constantFrom([], [], [], ["..."], ["...", "# after"]),
    final: fc.boolean(),
    mark: fc.constantFrom("", "", "\ufeff"),
    shift: fc.constantFrom("", "", "", "  "),
  })
  .map(({ parts: [others, owned, places], lineBreak, head, tail, final, mark, shift }) => {
    const body = [...others];
    for (const part of owned) if (part) body.splice((places.next().value ?? 0) % (body.length + 1), 0, part);
    const base: Part = { lines: ["base: &base {n: 1}"], owned: false };
    const isMarker = (line: string) => /^(---|%)/.test(line);
    const shifted = [base, ...body].map(({ lines, owned: own }) => ({
      owned: own,
      lines: lines.map((line) => (line === "" ? line : shift + line)),
    }));
    const all: Part[] = [
      { lines: head.filter((line) => isMarker(line) || line.startsWith("#")), owned: false },
      ...shifted,
      { lines: [...tail], owned: false },
    ];
    return {
      text: mark + all.flatMap(({ lines }) => lines).join(lineBreak) + (final ? lineBreak : ""),
      foreignLines: all.flatMap(({ lines, owned: own }) => (own ? [] : lines)),
    };
  });

const changes: fc.Arbitrary<ConfigChanges> = fc.record(
  {
    model: fc.constantFrom("new/model-4bit", "old/model", "old", "with space: #", "模型", "no", "it's"),
    kv_bits: fc.constantFrom(4, 8, null),
    max_context_override: fc.constantFrom(2000, 32_768, null),
    max_concurrency_override: fc.constantFrom(1, 2, null),
  },
  { requiredKeys: [] },
);

/** What another reader of YAML sees beside the owned keys. */
function others(text: string): unknown {
  const value = (parse(text.replace(/^\ufeff/, ""), { uniqueKeys: false, logLevel: "silent" }) ?? {}) as Record<
    string,
    unknown
  >;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !(OWNED_KEYS as readonly string[]).includes(key)));
}

function isSubsequence(part: string[], whole: string[]): boolean {
  let at = 0;
  for (const line of whole) if (at < part.length && line === part[at]) at += 1;
  return at === part.length;
}

test("only owned keys change, and apply then revert gives the original bytes", () => {
  let editedRuns = 0;
  fc.assert(
    fc.property(config, changes, ({ text, foreignLines }, wanted) => {
      const edited = editConfig(text, wanted);
      if (!edited.ok) {
        expect(edited.refusals.every(({ reason, remedy }) => reason !== "" && remedy !== "")).toBe(true);
        return;
      }
      editedRuns += Number(edited.edits.length > 0);
      expect(others(edited.text)).toEqual(others(text));
      expect(isSubsequence(foreignLines, edited.text.replace(/^\ufeff/, "").split(/\r?\n/))).toBe(true);
      const now = (parse(edited.text.replace(/^\ufeff/, ""), { uniqueKeys: false, logLevel: "silent" }) ??
        {}) as Record<string, unknown>;
      for (const [key, value] of Object.entries(wanted))
        expect(`${(now[key] as string | number | null | undefined) ?? null}`).toBe(String(value));
      expect(editConfig(edited.bytes, wanted)).toMatchObject({ ok: true, edits: [] });
      const back = planRevert(edited.bytes, { edits: edited.edits });
      if (edited.edits.length === 0) expect(edited.text).toBe(text);
      else expect(back.state === "change" ? back.text : back).toBe(text);
      expect(planRevert(text, { edits: edited.edits })).toEqual({ state: "unchanged" });
    }),
    { numRuns: RUNS },
  );
  // Most generated files must be editable, or the property would hold of nothing.
  expect(editedRuns).toBeGreaterThan(RUNS / 3);
}, 600_000);

test("a key added by hand after the application survives the reversion", () => {
  fc.assert(
    fc.property(config, changes, ({ text }, wanted) => {
      const edited = editConfig(text, wanted);
      fc.pre(
        edited.ok &&
          edited.edits.length > 0 &&
          edited.text.endsWith("\n") &&
          !/^\s*(\.\.\.|\S.*[|>][-+]?\s*$)/m.test(text),
      );
      if (!edited.ok) return;
      const shift = /^ *(?=base:)/m.exec(text)?.[0] ?? "";
      const later = `${edited.text}${shift}by_hand: 1\n`;
      const back = planRevert(later, { edits: edited.edits });
      if (back.state !== "change") throw new Error(JSON.stringify(back));
      expect(others(back.text)).toEqual({ ...(others(text) as object), by_hand: 1 });
      expect(planRevert(back.text, { edits: edited.edits })).toEqual({ state: "unchanged" });
    }),
    { numRuns: Math.ceil(RUNS / 4) },
  );
}, 600_000);
