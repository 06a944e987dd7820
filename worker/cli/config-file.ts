// The user's config file: found at one place, read whole, every key checked against the table of settings.
// Source: contract §3, ~/.config/mlx-autotune/config.yaml.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { errorText } from "../core/errors.ts";
import { isTooMuchYaml, MOST_DEPTH, MOST_TOKENS } from "../core/text/yaml-size.ts";
import { SETTING_NAMES } from "../core/settings/options.ts";
import { type FileEntry, type FileSettings, unknownLine } from "../core/settings/setting-sources.ts";
import { interruptible } from "../interruptible.ts";
import { readSmallFile } from "../platform/files/small-file.ts";

/** A settings file is some hundred bytes; more than this is another file. */
const MOST_BYTES = 1_000_000;

export function configFilePath(home: string): string {
  return `${home}/.config/mlx-autotune/config.yaml`;
}

/**
 * Read the config file.
 * @returns null if there is none; what is wrong with it stands in `problems`, for resolveSettings to refuse
 * @throws the signal's reason
 */
export async function readConfigFile(path: string, signal: AbortSignal): Promise<FileSettings | null> {
  const unreadable = (why: string): FileSettings => ({
    path,
    entries: [],
    problems: [`${path}: cannot be read: ${why}; mend it or move it away`],
  });
  try {
    const bytes = await interruptible(readSmallFile(path, MOST_BYTES), signal);
    return parseConfigFile(new TextDecoder("utf-8", { fatal: true }).decode(bytes), path);
  } catch (error) {
    signal.throwIfAborted();
    return isMissing(error) ? null : unreadable(errorText(error).replace(`${path} `, "it ").replace(`${path}: `, ""));
  }
}

/** Read the text of a config file; see readConfigFile. */
export function parseConfigFile(text: string, path: string): FileSettings {
  if (isTooMuchYaml(text))
    return {
      path,
      entries: [],
      problems: [
        `${path}: has more than ${MOST_TOKENS} words and signs, or brackets ${MOST_DEPTH} deep; mend it or move it away`,
      ],
    };
  const lines = new LineCounter();
  // Two equal keys are looked for below, where they can be named; the parser would compare each with all others.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const flaws = [...document.errors, ...document.warnings].map(
    ({ message, pos }) => `${path}, line ${lines.linePos(pos[0]).line}: ${firstLine(message)}; mend the YAML`,
  );
  if (flaws.length > 0) return { path, entries: [], problems: flaws };
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { path, entries: [], problems: [] };
  if (!isMap(root)) {
    const line = lines.linePos(root.range?.[0] ?? 0).line;
    return {
      path,
      entries: [],
      problems: [`${path}, line ${line}: must be a mapping; write one "name: value" per line`],
    };
  }
  return readPairs(document, path, (offset) => lines.linePos(offset).line);
}

function readPairs(document: Document.Parsed, path: string, lineAt: (offset: number) => number): FileSettings {
  const file: FileSettings = { path, entries: [], problems: [] };
  const pairs = isMap(document.contents) ? document.contents.items : [];
  for (const { key, value } of pairs) {
    const line = lineAt(key.range[0]);
    const place = ` in ${path}, line ${line}`;
    const asked = textOf(key) ?? "?";
    const name = SETTING_NAMES.find((known) => known === asked.replaceAll("_", "-"));
    const earlier = file.entries.find((entry) => entry.name === name);
    const read = name === undefined ? null : readValue(isAlias(value) ? value.resolve(document) : value);
    if (name === undefined) file.problems.push(unknownLine(asked, SETTING_NAMES, place));
    else if (earlier)
      file.problems.push(`${asked}${place}: also on line ${earlier.line} as ${earlier.key}; give it once`);
    else if (read === null) file.problems.push(`${asked}${place}: must be one value or a list of values; write it so`);
    else file.entries.push({ name, key: asked, value: read, line });
  }
  return file;
}

/** A scalar's own text, so that 0x10 or 1e3 is not taken for a plain number; null for maps and nested lists. */
function readValue(node: unknown): FileEntry["value"] | null {
  if (node === null) return "";
  if (!isSeq(node)) return textOf(node);
  const texts = node.items.map(textOf);
  return texts.every((text) => text !== null) ? texts : null;
}

/** @returns "" for YAML's null; null for what is no scalar */
function textOf(node: unknown): string | null {
  if (!isScalar(node)) return null;
  return node.value === null ? "" : (node.source ?? null);
}

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/:$/, "").replace(/ at line \d+, column \d+$/, "");
}
