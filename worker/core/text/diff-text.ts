// A diff as data, and as text with or without colours; nothing of how it is made, so that the extension's bundles stay small.
// Source: contract §12 (shown before it is done: a diff).

export interface DiffLine {
  kind: " " | "-" | "+";
  /** Without line break, secrets masked. */
  text: string;
  /** False for a last line without line break. */
  ended: boolean;
}

/** Starts are 1-based; 0 where a side has no lines, as `diff -u` has it. */
export interface Hunk {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: DiffLine[];
}

/** What the extension and `--json` show. */
export interface ConfigDiff {
  path: string;
  hunks: Hunk[];
}

/** The diff as `diff -u` prints it; "" if nothing changes. `colour` adds ANSI codes for a terminal. */
export function diffText({ path, hunks }: ConfigDiff, options: { colour?: boolean } = {}): string {
  if (hunks.length === 0) return "";
  const paint = (code: number, line: string) => (options.colour === true ? `\u001b[${code}m${line}\u001b[0m` : line);
  const colours = { "-": 31, "+": 32 } as const;
  const lines = [paint(1, `--- ${path}`), paint(1, `+++ ${path}`)];
  for (const hunk of hunks) {
    const range = `@@ -${span(hunk.oldStart, hunk.oldLines)} +${span(hunk.newStart, hunk.newLines)} @@`;
    lines.push(paint(36, range));
    for (const { kind, text, ended } of hunk.lines) {
      lines.push(kind === " " ? ` ${text}` : paint(colours[kind], kind + text));
      if (!ended) lines.push("\\ No newline at end of file");
    }
  }
  return `${lines.join("\n")}\n`;
}

function span(start: number, length: number): string {
  return length === 1 ? String(start) : `${start},${length}`;
}
