// Commands within sentences, which the worker writes between backticks: shown as code, so that they can be told from the words around them.
// What else stands between backticks is text of others. Pure. Source: contract §14 (each check with its repair).
import { code, mark, type Markdown } from "../../../worker/core/text/markdown.ts";
import { inRaycast } from "./raycast-words.ts";

/** What a command that is to be typed begins with. */
const PROGRAM =
  "(?:mlx-autotune|launchctl|sudo|kill|brew|pip|uv|chmod|cp|ls|lsof|pgrep|plutil|pmset|ps|vm_stat|softwareupdate|xcode-select)(?= |$)";
const WHOLE = new RegExp(`^${PROGRAM}`);
const BETWEEN_BACKTICKS = new RegExp(`\`(${PROGRAM.replace("$", "`")}[^\`\n]*)\``);

/** True for a line that is a command itself. */
export const isCommand = (line: string): boolean => WHOLE.test(line);

/** One line, shown literally but for its commands. */
export function withCommands(line: string): Markdown {
  const text = line.replace(/\s+/g, " ").trim();
  // Every second part is what the brackets of the pattern found.
  return text.split(BETWEEN_BACKTICKS).reduce(
    (all, part, at) => {
      if (at % 2 === 1) return mark`${all}${code(part)}`;
      return mark`${all}${part.startsWith(" ") && SPACE}${part}${part.length > 1 && part.endsWith(" ") && SPACE}`;
    },
    mark``,
  );
}

/** A sentence of the worker's in Raycast's words, its commands as code. */
export const told = (line: string, forced?: "apply" | "revert"): Markdown => withCommands(inRaycast(line, forced));

/** What a template's text would lose at its ends. */
const SPACE = mark` `;
