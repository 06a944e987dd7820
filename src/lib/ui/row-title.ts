// The name of a model in a narrow row: shortened in the middle, so that size and quantisation, which tell models apart, stay.
// Beside a detail, Raycast cuts a row's title after some twenty characters.
import { shortModel } from "../../../worker/core/units.ts";

/** Characters that a row beside a detail has room for. */
const ROOM = 20;
/** Characters of the family's name that are left at least. */
const LEAST_HEAD = 4;
const SIZE = /^(\d+x)?[ae]?\d+(\.\d+)?[bm]$/i;
const QUANTISATION = /^(\d+bit|bf16|fp?16|fp?32|mxfp\d|nvfp\d|int\d|q\d\w*|dwq\w*|awq|gptq)$/i;

/** "DeepSeek-R1-Distill-Llama-70B-6bit-MLX" -> "DeepSeek-R1…70B-6bit". */
export function rowModel(model: string): string {
  const name = shortModel(model);
  if (name.length <= ROOM) return name;
  const [family = "", ...words] = name.slice(0, 200).split(/([-_\s]+)/);
  const telling = words.filter((word) => SIZE.test(word) || QUANTISATION.test(word));
  if (telling.length === 0) return `${name.slice(0, ROOM - 1)}…`;
  const tail = telling.join("-");
  const before = words.slice(0, words.indexOf(telling[0] ?? ""));
  const head = [family, ...before].join("").slice(0, Math.max(LEAST_HEAD, ROOM - 1 - tail.length));
  return `${head.replace(/[-_\s]+$/, "")}…${tail}`;
}
