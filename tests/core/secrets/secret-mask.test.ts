import { expect, test } from "@jest/globals";
import { maskOf } from "../../../worker/core/secrets/secret-mask.ts";

const KEY = "sk-Abc123-Def456/Ghi+789";
const mask = maskOf(KEY);

test("a whole key, in any case and more than once, is masked", () => {
  expect(mask(`bad key ${KEY}, really ${KEY.toUpperCase()}!`)).toBe("bad key ****, really ****!");
});

test("pieces of eight characters or more are masked, shorter ones are ordinary words", () => {
  expect(mask("key sk-Abc123… and …Ghi+789")).toBe("key ****… and …Ghi+789");
  expect(mask("…f456/Ghi+789")).toBe("…****");
});

test("what a shortened line ends in is masked down to two characters", () => {
  expect(mask(`${"x".repeat(197)} sk…`)).toBe(`${"x".repeat(197)} ****…`);
  expect(mask("nothing to hide…")).toBe("nothing to hide…");
});

test("the key as JSON and URLs write it is masked", () => {
  expect(mask(`/path?key=${encodeURIComponent(KEY)}`)).toBe("/path?key=****");
  expect(maskOf('a"b\\c-12345678')('says "a\\"b\\\\c-12345678"')).toBe('says "****"');
});

test("a short key is masked as a whole, and no key masks nothing", () => {
  expect(maskOf("abc")("xabcx ab")).toBe("x****x ab");
  expect(maskOf(null)("abc")).toBe("abc");
});
