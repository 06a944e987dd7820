// Which flags a found program knows, judged by its help text: only those are ever passed or offered as an axis.

/** Tell whether a help text lists exactly this flag (`--max-context` is not listed by `--max-context-length`). */
export function listsFlag(help: string, flag: string): boolean {
  return new RegExp(`(^|[^\\w-])${flag}(?![\\w-])`, "m").test(help);
}
