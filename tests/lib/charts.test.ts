// The charts of the extension: coordinates by hand, what is no number is left out, labels keep apart. Contract §14.
import { expect, test } from "@jest/globals";
import { driftChart } from "../../src/lib/charts/drift-chart.ts";
import { markdownPicture } from "../../src/lib/charts/markdown-picture.ts";
import { progressBar } from "../../src/lib/charts/progress-bar.ts";
import { distinctNames, type Look } from "../../src/lib/charts/rows.ts";
import { evenScale, logScale, namedTicks } from "../../src/lib/charts/scale.ts";
import { fitted, short, textWidth } from "../../src/lib/charts/svg.ts";
import { throughputChart, type CellFigure } from "../../src/lib/charts/throughput-chart.ts";
import { ttftChart, type TtftFigure } from "../../src/lib/charts/ttft-chart.ts";

const INK = { good: "#090", bad: "#900", active: "#009", simulated: "#909", text: "#111", faint: "#666", grid: "#ddd" };
const LOOK: Look = { width: 400, ink: INK, simulated: false };

const cell = (name: string, tps: number | null, part: Partial<CellFigure> = {}): CellFigure => ({
  ...{ name, tps, interval: null, verdict: "does not fit", won: false },
  ...part,
});
const dot = (name: string, ttftMs: number | null, part: Partial<TtftFigure> = {}): TtftFigure => ({
  ...{ name, ttftMs, fits: true, overGate: false, won: false },
  ...part,
});

interface Placed {
  x: number;
  y: number;
  text: string;
  size: number;
  anchor: string;
}

/** Every label of a picture. */
function labels(svg: string): Placed[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = "", text = ""]) => {
    const at = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1];
    const number = (name: string) => Number(at(name));
    return { x: number("x"), y: number("y"), text, size: number("font-size"), anchor: at("text-anchor") ?? "start" };
  });
}

/** Pairs of labels that lie on each other, with the width that the chart itself reckons with. */
function overlaps(svg: string): string[] {
  const boxes = labels(svg).map(({ x, y, text, size, anchor }) => {
    const width = textWidth(text, size) * 0.95;
    const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
    return { text, left, right: left + width, top: y - size * 0.75, bottom: y + size * 0.2 };
  });
  return boxes.flatMap((a, index) =>
    boxes
      .slice(index + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `"${a.text}" and "${b.text}"`),
  );
}

const circles = (svg: string) =>
  [...svg.matchAll(/<circle cx="([^"]*)" cy="([^"]*)"/g)].map(([, x, y]) => [Number(x), Number(y)]);

test("an even axis begins and ends at round values around what it shows", () => {
  const scale = evenScale([391, 428], [100, 300], 4);
  // 37 in four steps is at least 9.25 each: 10.
  expect(scale.ticks).toEqual([390, 400, 410, 420, 430]);
  expect([390, 410, 430].map(scale.at)).toEqual([100, 200, 300]);
  expect(evenScale([0.1, 0.3], [0, 2], 2).ticks).toEqual([0.1, 0.2, 0.3]);
  // One value: four steps of it.
  expect(evenScale([400], [0, 100], 4)).toMatchObject({ domain: [400, 500], ticks: [400, 500] });
  expect(evenScale([0], [0, 100], 4).domain).toEqual([0, 0.5]);
});

test("a logarithmic axis goes from one power of ten to another", () => {
  const scale = logScale([920, 60_000], [0, 300]);
  expect(scale.ticks).toEqual([100, 1000, 10_000, 100_000]);
  expect([100, 1000, 10_000, 100_000].map(scale.at)).toEqual([0, 100, 200, 300]);
  expect(logScale([1000], [0, 1]).domain).toEqual([1000, 10_000]);
});

test("ticks are named only where their names have room", () => {
  expect(namedTicks([0, 1, 2, 3, 4], (value) => value * 10, 25)).toEqual([0, 3]);
  expect(namedTicks([0, 1], (value) => value * 10, 5)).toEqual([0, 1]);
});

test("a cell's mark and interval lie where its figures are on the axis", () => {
  const svg = throughputChart([cell("ab", 100, { interval: [90, 110], won: true }), cell("cd", 120)], LOOK) ?? "";
  // Font size 12: a character takes 6.72 px. Names take "★ ab", figures "100.0"; 10 px on either side of the axis.
  const [left, right] = [4 * 6.72 + 10, 400 - 5 * 6.72 - 10];
  const at = (tps: number) => Math.round((left + ((tps - 90) / 30) * (right - left)) * 10) / 10;
  // Rows of 22 px below a head of 26.
  expect(circles(svg)).toEqual([
    [at(100), 37],
    [at(120), 59],
  ]);
  expect(svg).toContain(`<line x1="${short(at(90))}" y1="37" x2="${short(at(110))}" y2="37" stroke="#090"`);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="400" height="90"/);
});

test.each([
  ["null", null],
  ["not a number", NaN],
  ["infinite", Infinity],
  ["zero", 0],
])("a cell whose figure is %s has its verdict and no mark", (_, tps) => {
  const svg = throughputChart([cell("one", 100), cell("two", tps)], LOOK) ?? "";
  expect(circles(svg)).toHaveLength(1);
  expect(labels(svg).map(({ text }) => text)).toContain("does not fit");
  expect(svg).not.toMatch(/NaN|Infinity/);
  expect(throughputChart([cell("one", tps)], LOOK)).toBeNull();
});

test("a broken interval is left out, its cell is not", () => {
  for (const interval of [
    [NaN, 110],
    [90, Infinity],
    [-5, 110],
  ] as [number, number][]) {
    const svg = throughputChart([cell("one", 100, { interval })], LOOK) ?? "";
    expect([circles(svg).length, /NaN|Infinity/.test(svg)]).toEqual([1, false]);
  }
});

test("nothing to show is no picture", () => {
  expect([throughputChart([], LOOK), ttftChart([], 1000, LOOK), driftChart([], LOOK)]).toEqual([null, null, null]);
  expect(driftChart([{ name: "one visit", changes: [0] }], LOOK)).toBeNull();
  expect(driftChart([{ name: "no numbers", changes: [NaN, NaN] }], LOOK)).toBeNull();
});

test.each([1, 6, 16, 17, 50])("labels of %d cells do not lie on each other, whatever their names", (count) => {
  const name = (index: number) => `kv ${["unset", "4", "8"][index % 3]} · batch ${index} · prefill step ${512 * index}`;
  const cells = Array.from({ length: count }, (_, index) =>
    cell(name(index), index % 7 === 3 ? null : 400 + index, { won: index === 0, interval: [390, 460] }),
  );
  const dots = cells.map((one, index) => dot(one.name, one.tps === null ? null : 900 + index * 700));
  const lines = [{ name: "all", changes: Array.from({ length: count + 1 }, (_, index) => -index / 100) }];
  for (const width of [300, 400, 700])
    for (const simulated of [false, true]) {
      const look = { ...LOOK, width, simulated };
      for (const svg of [throughputChart(cells, look), ttftChart(dots, 60_000, look), driftChart(lines, look)])
        expect(overlaps(svg ?? "missing")).toEqual([]);
    }
});

test("TTFT stands against the gate; what was cut off there points beyond it", () => {
  const dots = [dot("ok", 1000), dot("cut off", null, { fits: false, overGate: true }), dot("unknown", null)];
  const svg = ttftChart(dots, 60_000, LOOK) ?? "";
  expect(labels(svg).map(({ text }) => text)).toEqual(expect.arrayContaining(["ok", "cut off", "&gt; 60 s"]));
  expect(svg).not.toContain("unknown");
  const gate = /<line x1="([\d.]+)"[^>]*stroke="#900"/.exec(svg)?.[1];
  expect(svg).toContain(`<path d="M${Number(gate).toFixed(1)} `);
  expect(labels(svg)[0]?.text).toBe("Time to first token (p95, log), gate 60 s");
  expect(ttftChart([dot("ok", 1000)], null, LOOK)).not.toContain("#900");
});

test("drift is drawn from visit to visit, a steady machine as a steady one", () => {
  const svg = driftChart([{ name: "all", changes: [0, -0.1] }], LOOK) ?? "";
  // Values from −10 % to +5 % in steps of 5 %; 30 px above, 22 below of 170; visits from 54 to 382.
  expect(circles(svg)).toEqual([
    [54, Number((148 - (10 / 15) * 118).toFixed(1))],
    [382, 148],
  ]);
  const steady = labels(driftChart([{ name: "all", changes: [0, 0.001] }], LOOK) ?? "").map(({ text }) => text);
  expect(steady).toEqual(expect.arrayContaining(["+5 %", "0 %", "−5 %"]));
});

test("progress fills its share and no more", () => {
  // 400 px less 46 for the figure.
  const width = (share: number | null) => /width="([\d.]+)" fill="#009"/.exec(progressBar(share, LOOK))?.[1];
  expect([0.5, 1, 7].map(width)).toEqual(["177", "354", "354"]);
  expect([null, NaN, 0, -1].map(width)).toEqual([undefined, undefined, undefined, undefined]);
  expect(progressBar(null, LOOK)).toContain(">–<");
  expect(progressBar(0.424, LOOK)).toContain(">42 %<");
});

test("cells are called by what differs between them", () => {
  expect(distinctNames(["kv 4 · batch 1 · context 2000", "kv 8 · batch 1 · context 2000"])).toEqual(["kv 4", "kv 8"]);
  expect(distinctNames(["kv 4 · batch 1", "kv 8 · batch 1", "kv 4 · batch 2"])).toEqual([
    "kv 4 · batch 1",
    "kv 8 · batch 1",
    "kv 4 · batch 2",
  ]);
  expect(distinctNames(["kv 4 · batch 1"])).toEqual(["kv 4 · batch 1"]);
  expect(distinctNames(["same", "same"])).toEqual(["same", "same"]);
});

test("long names are cut to their room, and markup in them stays text", () => {
  expect([fitted("abcdef", 10, 29), fitted("abc", 10, 29)]).toEqual(["abcd…", "abc"]);
  const svg = throughputChart([cell('<script>&"', 1), cell("two\u0007", 2)], LOOK) ?? "";
  expect(svg).toContain("&lt;script&gt;&amp;&quot;");
  expect(svg).not.toContain("\u0007");
});

test("a picture's alternative text changes with the picture and only with it", () => {
  const alt = (share: number) =>
    /!\[(.*?)\]/.exec(markdownPicture("Progress", progressBar(share, LOOK), 400).text)?.[1];
  expect(alt(0.1)).toMatch(/^Progress \([0-9a-z]+\)$/);
  expect(alt(0.1)).toBe(alt(0.1));
  expect(alt(0.1)).not.toBe(alt(0.2));
  expect(markdownPicture("x", "<svg/>", 400).text).toMatch(
    /\(data:image\/svg\+xml;base64,PHN2Zy8\+\?raycast-width=400\)$/,
  );
});
