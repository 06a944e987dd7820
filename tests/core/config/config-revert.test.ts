import { describe, expect, test } from "@jest/globals";
import { editConfig } from "../../../worker/core/config/config-edit.ts";
import { planRevert } from "../../../worker/core/config/config-revert.ts";
import type { ConfigChanges } from "../../../worker/core/config/config-values.ts";

const SOURCE =
  "# mine\nmodel: 'old' # good\nkv_bits: 4  # saves memory\nport: 1\nmax_context_override: 4000\nlast: x\n";
const CHANGES: ConfigChanges = { model: "new", kv_bits: null, max_context_override: null, max_concurrency_override: 2 };

function apply(source: string, changes: ConfigChanges) {
  const result = editConfig(source, changes);
  if (!result.ok) throw new Error(JSON.stringify(result.refusals));
  return result;
}

/** Apply, edit by hand, revert. */
function roundTrip(byHand: (text: string) => string, options: { force?: boolean } = {}, source = SOURCE) {
  const applied = apply(source, CHANGES);
  const current = byHand(applied.text);
  if (byHand("x") === "x" && current === applied.text) throw new Error("the edit by hand changed nothing");
  return planRevert(current, applied, options);
}

const textOf = (plan: ReturnType<typeof planRevert>) => (plan.state === "change" ? plan.text : JSON.stringify(plan));

test("the text in between is what the other cases start from", () => {
  expect(apply(SOURCE, CHANGES).text).toBe(
    "# mine\nmodel: 'new' # good\nmax_concurrency_override: 2\n# saves memory\nport: 1\nlast: x\n",
  );
});

describe("later edits of other keys stay", () => {
  test.each<[string, (text: string) => string, string]>([
    ["a changed value", (text) => text.replace("port: 1", "port: 2"), SOURCE.replace("port: 1", "port: 2")],
    ["a new key at the end", (text) => `${text}new: 1\n`, `${SOURCE}new: 1\n`],
    ["new lines at the top", (text) => `# a\nb: 1\n${text}`, `# a\nb: 1\n${SOURCE}`],
    ["a removed key", (text) => text.replace("last: x\n", ""), SOURCE.replace("last: x\n", "")],
    [
      "a key that became a mapping",
      (text) => text.replace("port: 1", "port:\n  in: 1"),
      SOURCE.replace("port: 1", "port:\n  in: 1"),
    ],
    [
      "another comment on an owned line",
      (text) => text.replace("# good", "# better"),
      SOURCE.replace("# good", "# better"),
    ],
  ])("%s", (_, byHand, expected) => {
    expect(textOf(roundTrip(byHand))).toBe(expected);
  });

  test("a comment that was left behind and deleted does not come back", () => {
    const text = textOf(roundTrip((now) => now.replace("# saves memory\n", "")));
    expect(text).toBe(SOURCE.replace("  # saves memory", ""));
  });

  test("a file that was turned into CRLF keeps its new line ends and gets its values", () => {
    const text = textOf(roundTrip((now) => now.replaceAll("\n", "\r\n")));
    expect(text.replaceAll("\r\n", "\n").split("\n").sort()).toEqual(SOURCE.split("\n").sort());
  });

  test("a wholly rewritten file still gets its keys", () => {
    const plan = roundTrip(() => "zeta: 1\nmax_concurrency_override: 2\nmodel: new\n");
    expect(textOf(plan)).toBe("zeta: 1\nmodel: 'old'\nmax_context_override: 4000\nkv_bits: 4\n");
  });
});

describe("owned keys that were edited since", () => {
  const byHand = (text: string) => text.replace("'new'", "'mine'").replace("override: 2", "override: 3");

  test("are listed and refused", () => {
    const plan = roundTrip(byHand);
    expect(plan).toMatchObject({ state: "refused", edited: ["model", "max_concurrency_override"] });
    expect(plan.state === "refused" && plan.refusals.map(({ line }) => line)).toEqual([2, 3]);
  });

  test("get the earlier value with --force", () => {
    const plan = roundTrip(byHand, { force: true });
    expect(plan).toMatchObject({ state: "change", edited: ["model", "max_concurrency_override"] });
    expect(textOf(plan)).toBe(SOURCE);
  });

  test("count as edited when they were removed, or added again", () => {
    expect(roundTrip((text) => text.replace(/model:.*\n/, ""))).toMatchObject({ state: "refused", edited: ["model"] });
    expect(roundTrip((text) => `${text}kv_bits: 8\n`)).toMatchObject({ state: "refused", edited: ["kv_bits"] });
    const forced = roundTrip((text) => text.replace(/model:.*\n/, ""), { force: true });
    expect(textOf(forced)).toMatch(/^model: 'old'$/m);
  });

  test("count as edited when the file is gone", () => {
    expect(roundTrip(() => "")).toMatchObject({ state: "refused", edited: ["model"] });
  });

  test("are no conflict when they hold the earlier value again", () => {
    expect(textOf(roundTrip((text) => text.replace("'new'", "'old'")))).toBe(SOURCE);
  });
});

test("each change names what the file holds now and what comes back", () => {
  const plan = roundTrip((text) => `${text}z: 1\n`);
  expect(plan.state === "change" && plan.edits.map(({ key, before, after }) => [key, before, after])).toEqual([
    ["model", "new", "old"],
    ["kv_bits", null, 4],
    ["max_context_override", null, 4000],
    ["max_concurrency_override", 2, null],
  ]);
});

test("reverting twice is a no-op, later edits or not", () => {
  const applied = apply(SOURCE, CHANGES);
  const once = planRevert(`${applied.text}z: 1\n`, applied);
  if (once.state !== "change") throw new Error(once.state);
  expect(planRevert(once.bytes, applied)).toEqual({ state: "unchanged" });
  expect(planRevert(once.bytes, applied, { force: true })).toEqual({ state: "unchanged" });
});

test("a value that only we would write otherwise comes back as it stood", () => {
  for (const source of ["kv_bits: 0o4\n", "kv_bits: +4 # plus\n", "kv_bits: ''\n", "kv_bits: 'auto'\n"]) {
    const applied = apply(source, { kv_bits: 8 });
    const plan = planRevert(applied.bytes, applied);
    expect(textOf(plan)).toBe(source);
    expect(planRevert(source, applied)).toEqual({ state: "unchanged" });
  }
});

describe("line breaks are those that the file has today", () => {
  const crlf = (text: string) => text.replaceAll("\n", "\r\n");
  const lf = (text: string) => text.replaceAll("\r\n", "\n");
  const bare = (text: string) => text.replace(/\r?\n$/, "");
  const source = "a: 1\nkv_bits: 4\nb: 2\n";
  const removed: ConfigChanges = { kv_bits: null };
  const added: ConfigChanges = { kv_bits: 8, max_concurrency_override: 2 };
  test.each<[string, string, ConfigChanges, (text: string) => string, string]>([
    ["a removed line, in a file that became CRLF", source, removed, crlf, crlf(source)],
    ["a removed line, in a file that became LF", crlf(source), removed, lf, source],
    ["the last line, in a file that became CRLF", "a: 1\nkv_bits: 4\n", removed, crlf, "a: 1\r\nkv_bits: 4\r\n"],
    ["a line with a break of its own, in an unchanged file", "a: 1\r\nkv_bits: 4\nb: 2\r\n", removed, String, ""],
    ["the first line, with a break of its own", "kv_bits: 4\na: 1\r\nb: 2\r\n", removed, String, ""],
    ["a final break that is gone stays away, by addition", "kv_bits: 4\n", added, bare, "kv_bits: 4"],
    ["a final break that is gone stays away, by removal", "a: 1\nkv_bits: 4\n", removed, bare, "a: 1\nkv_bits: 4"],
    ["a final break that came stays", "a: 1\nkv_bits: 4", added, (text) => `${text}\n`, "a: 1\nkv_bits: 4\n"],
    ["a final break that never was stays away", "a: 1\nkv_bits: 4", removed, String, ""],
  ])("%s", (_, before, changes, byHand, expected) => {
    const applied = apply(before, changes);
    expect(textOf(planRevert(byHand(applied.text), applied))).toBe(expected || before);
  });

  test("of an application of an earlier version, too", () => {
    const applied = apply(source, removed);
    const edits = applied.edits.map((edit) => ({ ...edit, undo: { ...edit.undo, fileBreak: undefined } }));
    expect(textOf(planRevert(crlf(applied.text), { edits }))).toBe(crlf(source));
    expect(textOf(planRevert(applied.text, { edits }))).toBe(source);
  });
});

describe("a number comes back as it stood, wherever its key went meanwhile", () => {
  const spellings = ["0x8", "10_000", "+8", "8.0", "0o10", "010", "1e4", '"8"', "'8'", "1_0.5", ".5e1", "1:30"];
  const places: [string, (text: string) => string][] = [
    ["nothing else changed", (text) => text],
    ["the key was removed by hand", (text) => text.replace(/^kv_bits:.*\n/m, "")],
    ["another value was written by hand", (text) => text.replace(/^kv_bits:.*$/m, "kv_bits: 2")],
    ["the file was rewritten", () => "zeta: 1\nother: 2\n"],
  ];
  test.each(places)("%s", (_, byHand) => {
    for (const written of spellings)
      for (const wanted of [16, null]) {
        const source = `a: 1\nkv_bits: ${written}\nb: 2\n`;
        const applied = apply(source, { kv_bits: wanted });
        const text = textOf(planRevert(byHand(applied.text), applied, { force: true }));
        expect(text.split("\n")).toContain(`kv_bits: ${written}`);
      }
  });
});

test("a config that cannot be read any more is refused", () => {
  expect(roundTrip(() => "a: '")).toMatchObject({ state: "refused", refusals: [{ line: 1 }] });
});

test("a model is not put back under weights that were pinned since", () => {
  const plan = roundTrip((text) => `${text}model_artifact_path: /x\n`, { force: true });
  expect(plan).toMatchObject({ state: "refused", refusals: [{ line: 7 }] });
});

test("two applications are taken back one after the other", () => {
  const first = apply(SOURCE, CHANGES);
  const second = apply(first.text, { model: "newer", kv_bits: 8 });
  const back = planRevert(second.text, second);
  expect(textOf(back)).toBe(first.text);
  expect(textOf(planRevert(textOf(back), first))).toBe(SOURCE);
});
