// The name of a model in a narrow row: shortened in the middle, so that size and quantisation, which tell models apart, stay.
// Source: contract §14. Beside a detail, Raycast cuts a row's title after some seventeen characters.
import { shortModel } from "../../../worker/core/units.ts";

/** Characters that a row beside a detail has room for. */
const ROOM = 17;
/** Characters of the family's name that are left at least. */
const LEAST_HEAD = 4;
const SIZE = /^(\d+x)?[ae]?\d+(\.\d+)?[bm]$/i;
const QUANTISATION = /^(\d+bit|bf16|fp?16|fp?32|mxfp\d|nvfp\d|int\d|q\d\w*|dwq\w*|awq|gptq)$/i;

/** "Qwen2.5-Coder-7B-Instruct-4bit" -> "Qwen2.5-C…7B-4bit". */
export function rowModel(model: string): string {
  const name = shortModel(model);
  if (name.length <= ROOM) return name;
  const words = name.slice(0, 200).split("-");
  const tail = words
    .slice(1)
    .filter((word) => SIZE.test(word) || QUANTISATION.test(word))
    .join("-");
  if (tail === "") return `${name.slice(0, ROOM - 1)}…`;
  return `${name.slice(0, Math.max(LEAST_HEAD, ROOM - 1 - tail.length))}…${tail}`;
}
