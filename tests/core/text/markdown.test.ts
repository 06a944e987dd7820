// Text of others inside Markdown is text: a parser finds no markup in it, and all of its characters.
import { describe, expect, test } from "@jest/globals";
import {
  bullets,
  code,
  codeBlock,
  joined,
  lines,
  mark,
  page,
  picture,
  shown,
  table,
} from "../../../worker/core/text/markdown.ts";
import { HOSTILE, kindsOf, nodesOf, seen, textOf } from "../../support/markdown-tree.ts";

describe.each(HOSTILE)("%j", (text) => {
  test("is text wherever it stands", () => {
    const is = (markdown: string, ...kinds: string[]) => {
      expect(kindsOf(markdown)).toEqual([...kinds, "text"].sort());
      expect(textOf(markdown)).toContain(seen(text));
    };
    is(mark`${text}`.text, "paragraph");
    is(mark`Before ${text} after`.text, "paragraph");
    is(mark`## ${text}`.text, "heading");
    is(mark`> ${text}`.text, "blockquote", "paragraph");
    is(mark`**${text}**: why`.text, "paragraph", "strong");
    is(page("A line.", text).text, "paragraph");
    is(bullets([text, mark`${text}`]).text, "list", "listItem", "paragraph");
    is(table(["a", text], [[text, 1]]).text, "table", "tableCell", "tableRow");
    is(mark`${[text, " and ", text]}`.text, "paragraph");
  });

  test("is code in a block and in a line", () => {
    expect(nodesOf(codeBlock(text, "diff").text)).toMatchObject([
      { type: "code", lang: "diff", value: text.replaceAll(/\u202E|[^\P{Cc}\n]/gu, "\uFFFD") },
    ]);
    expect(nodesOf(mark`Type ${code(text)}.`.text)).toMatchObject([
      { type: "paragraph" },
      { value: "Type " },
      { type: "inlineCode", value: seen(text) },
      { value: "." },
    ]);
  });

  test("shows no mathematics, and names a picture", () => {
    expect(mark`${text}`.text).not.toMatch(/\\[[\]()]|\$/);
    const [, alone] = nodesOf(picture(text, "data:image/svg+xml;base64,AA==").text);
    expect(alone).toMatchObject({ type: "image", url: "data:image/svg+xml;base64,AA==" });
  });
});

test("lines break where the text does, and nowhere else", () => {
  expect(kindsOf(lines("one\ntwo\n- three\n===").text)).toEqual(["break", "paragraph", "text"]);
  expect(lines("a\nb", (line) => mark`**${line}**`).text).toBe("**a**  \n**b**");
});

test("what is empty takes no room", () => {
  expect(page(null, false, "", mark``, "a", undefined, mark`b`).text).toBe("a\n\nb");
  expect(bullets(["", false, "a"]).text).toBe("- a");
  expect(joined(["a", null, "b"], " · ").text).toBe("a · b");
  expect(joined(["1. a", "1. b"], " · ").text).toBe("1\\. a · 1. b");
  expect(table(["a"], []).text).toBe("");
  expect(shown(null)).toBe("");
});
