// How much YAML is read at all: tokens are counted before anything is built from them, which takes a hundred times as long.
// Source: a config is a page of text; whatever has more parts is another file. The lexer's time is linear in the text, and it stops here.
import { Lexer } from "yaml";

/** A config of a thousand lines has some ten thousand tokens; this many take about a second to compose, ten times as many half a minute. */
export const MOST_TOKENS = 100_000;

/** Brackets within brackets; each level costs the parser all levels above it. */
export const MOST_DEPTH = 100;

/** True if the text has more tokens than are read, or is nested too deeply. */
export function isTooMuchYaml(text: string): boolean {
  let [count, depth] = [0, 0];
  for (const token of new Lexer().lex(text)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    if ((count += 1) > MOST_TOKENS || depth > MOST_DEPTH) return true;
  }
  return false;
}
