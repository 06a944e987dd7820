import { describe, expect, test } from "@jest/globals";
import { capsAxis, capsBelow, choiceAxis, numberAxis } from "../../../worker/core/settings/axes.ts";

const kvBits = choiceAxis([null, 4, 8]);
const batch = numberAxis(1, 256, "requests");
const context = capsAxis(128, 1_048_576);

describe("an axis that is right", () => {
  test.each([
    [kvBits.parse("unset,4,8"), [null, 4, 8]],
    [kvBits.parse(" 8 , unset "), [8, null]],
    [kvBits.parseElements?.(["unset", "4"]), [null, 4]],
    [batch.parse("1,2"), [1, 2]],
    [batch.parse("4,1"), [4, 1]],
    [context.parse("8000,4000"), [4000, 8000]],
    [context.parse("10000,9000,128"), [128, 9000, 10_000]],
    [context.parse(""), null],
    [context.parse("  "), null],
    [context.parseElements?.([]), null],
  ])("is read as %#", (parsed, value) => {
    expect(parsed).toEqual({ ok: true, value });
  });
});

describe("an axis that is wrong names its element and the limits", () => {
  test.each([
    [kvBits.parse("unset,5"), 'value 2, "5", is not legal (unset, 4 or 8)'],
    [kvBits.parse("none"), 'value 1, "none", is not legal (unset, 4 or 8)'],
    [kvBits.parse("4,04"), 'value 2, "04", is not legal (unset, 4 or 8)'],
    [kvBits.parse("4,8,4"), 'value 3, "4", is there twice'],
    [kvBits.parse("unset,unset"), 'value 2, "unset", is there twice'],
    [kvBits.parse(""), "the axis is empty"],
    [batch.parse("1,,2"), "value 2 of 3 is empty"],
    [batch.parse("1,2,"), "value 3 of 3 is empty"],
    [batch.parse("0"), 'value 1, "0", is not legal (whole numbers of requests from 1 to 256)'],
    [batch.parse("257"), 'value 1, "257", is not legal (whole numbers of requests from 1 to 256)'],
    [batch.parse("1,2.5"), 'value 2, "2.5", is not legal (whole numbers of requests from 1 to 256)'],
    [batch.parse("-1"), 'value 1, "-1", is not legal (whole numbers of requests from 1 to 256)'],
    [batch.parse("2,02"), 'value 2, "02", is there twice'],
    [batch.parseElements?.([]), "the axis is empty"],
    [batch.parse(Array.from({ length: 17 }, (_, index) => index + 1).join(",")), "17 values are more than 16"],
    [context.parse("4000,1e4"), 'value 2, "1e4", is not legal (whole numbers of tokens from 128 to 1048576)'],
    [context.parse(","), "value 1 of 2 is empty"],
    [context.parse("4000,4000"), 'value 2, "4000", is there twice'],
  ])("%#", (parsed, problem) => {
    expect(parsed).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });
});

test("caps below the target are found, a cap at the target is none of them", () => {
  expect(capsBelow([1000, 1999, 2000, 4000], 2000)).toEqual([1000, 1999]);
  expect(capsBelow(null, 2000)).toEqual([]);
});
