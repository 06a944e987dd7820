import { describe, expect, test } from "@jest/globals";
import { diffConfig } from "../../../worker/core/config/config-diff.ts";
import { diffText } from "../../../worker/core/text/diff-text.ts";
import { maskedLines } from "../../../worker/core/config/config-secrets.ts";
import { maskByLook } from "../../../worker/core/secrets/mask-look.ts";

const plain = (before: string, after: string) => diffText(diffConfig("config.yaml", before, after));

describe("the diff", () => {
  test("is empty for equal texts", () => {
    expect(plain("a: 1\n", "a: 1\n")).toBe("");
    expect(diffConfig("c", "", "").hunks).toEqual([]);
  });

  test("shows three lines of context and counts lines as diff -u does", () => {
    const lines = Array.from({ length: 20 }, (_, index) => `line${index + 1}: 1`);
    const after = lines.with(4, "line5: 2").with(16, "line17: 2");
    const part = (from: number, to: number, at: number) =>
      lines
        .slice(from - 1, to)
        .flatMap((line, index) => (from + index === at ? [`-${line}`, `+line${at}: 2`] : [` ${line}`]));
    expect(plain(`${lines.join("\n")}\n`, `${after.join("\n")}\n`)).toBe(
      [
        "--- config.yaml",
        "+++ config.yaml",
        "@@ -2,7 +2,7 @@",
        ...part(2, 8, 5),
        "@@ -14,7 +14,7 @@",
        ...part(14, 20, 17),
        "",
      ].join("\n"),
    );
  });

  test("joins changes whose context touches", () => {
    const before = "a\nb\nc\nd\ne\nf\ng\nh\n";
    expect(diffConfig("c", before, before.replace("a", "A").replace("h", "H")).hunks).toHaveLength(1);
  });

  test("begins at line 0 where a side is empty", () => {
    expect(plain("", "a: 1\n")).toContain("@@ -0,0 +1 @@\n+a: 1\n");
    expect(plain("a: 1\n", "")).toContain("@@ -1 +0,0 @@\n-a: 1\n");
  });

  test("tells a missing final line break", () => {
    expect(plain("a: 1", "a: 1\nb: 2")).toBe(
      [
        "--- config.yaml",
        "+++ config.yaml",
        "@@ -1 +1,2 @@",
        "-a: 1",
        "\\ No newline at end of file",
        "+a: 1",
        "+b: 2",
        "\\ No newline at end of file",
        "",
      ].join("\n"),
    );
  });

  test("colours removed and added lines, and nothing else of the content", () => {
    const text = diffText(diffConfig("c", "x: 0\na: 1\n", "x: 0\na: 2\n"), { colour: true });
    expect(text).toContain("\u001b[31m-a: 1\u001b[0m\n\u001b[32m+a: 2\u001b[0m\n");
    expect(text).toContain("\n x: 0\n");
  });

  test("stays true and quick for texts with nothing in common", () => {
    const many = (name: string) => Array.from({ length: 3000 }, (_, index) => `${name}${index}: 1\n`).join("");
    const { hunks } = diffConfig("c", many("a"), many("b"));
    expect(hunks.map(({ oldLines, newLines }) => [oldLines, newLines])).toEqual([[3000, 3000]]);
  });

  test("masks secrets of its context", () => {
    const source = "api_key: abc-123\nmodel: old\nurl: https://me:pw-9@host/x\n";
    const text = plain(source, source.replace("old", "new"));
    expect(text).not.toMatch(/abc-123|pw-9/);
    expect(text).toContain(" api_key: ****\n-model: old\n+model: new\n url: https://****@host/x\n");
  });
});

describe("masking", () => {
  const SECRET = /hunter\d/;

  test.each([
    "token: hunter2",
    "Token : hunter2",
    "'api-key': \"hunter2\" # note",
    "aws_secret_access_key: hunter2",
    "my.password: hunter2",
    "credentials: {user: hunter1, pass: hunter2}",
    "hf: {token: hunter2, other: 1, password: hunter3}",
    "token: |\n  hunter2\n  hunter3",
    "token: >-\n\n  hunter2\n\n  hunter3\nport: 1",
    "token: hunter2\n  hunter3",
    'token: "hunter2\n  hunter3"',
    "tokens:\n  - hunter2\n  - deep:\n      - hunter3",
    "nested:\n  more:\n    - secret: hunter2",
    "x: &t hunter2\ntoken: *t",
    "env:\n  - name: HF_TOKEN\n    value: hunter2",
    "# token: hunter2",
    "a: 1 # password=hunter2",
    "url: https://user:hunter2@host/",
    "url: https://hunter2@host/",
    "url: https://host/?access_token=hunter2&x=1",
    'headers: ["Authorization: Bearer hunter2"]',
    "h: bearer hunter2",
    "? token\n: hunter2",
    "token: 'hunter2 # not closed",
    "a: [\ntoken: hunter2",
  ])("hides the secret in %j", (text) => {
    const masked = maskedLines(text);
    expect(masked.join("\n")).not.toMatch(SECRET);
    expect(masked).toHaveLength(text.split("\n").length);
  });

  test("leaves everything else as it is", () => {
    const text =
      "# macprovider\nmodel: mlx-community/Qwen2.5-14B # 4 bit\nurl: https://host:80/x@y\nmax_context_override: 1\nlist:\n  - a: b";
    expect(maskedLines(text)).toEqual(text.split("\n"));
  });

  test("keeps what stands around a masked value", () => {
    expect(maskedLines("a: {token: x, b: 1}\nkv_bits: 4\r\ntoken:\n  - y\n")).toEqual([
      "a: {token: ****, b: 1}",
      "kv_bits: 4",
      "token:",
      "  ****",
      "",
    ]);
    expect(maskByLook("model: x")).toBe("model: x");
  });
});
