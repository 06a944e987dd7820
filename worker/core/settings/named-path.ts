// A path as somebody typed or pasted it, in a flag, a variable, the config file or a preference of Raycast: one reading for all. Pure.
// Source: contract §3.
import { accept, hasControlCharacter, type Kind, type Parsed, quoted, refuse } from "./setting-kinds.ts";

/** Where runs are stored unless somebody names another place. */
export const DEFAULT_DATABASE = "~/.config/mlx-autotune/autotune.sqlite";

export interface PathPlaces {
  /** Absolute; what `~` and `$HOME` stand for. */
  home: string;
  /** Absolute; where relative paths start. */
  from: string;
}

/** The absolute path that a text means: in quotes or not, as `file://…`, below `~` or `$HOME`, or relative. */
export function namedPath(text: string, { home, from }: PathPlaces): Parsed<string> {
  const plain = withoutScheme(withoutQuotes(text));
  if (!plain.ok) return plain;
  const path = plain.value;
  const problem = pathProblem(path) ?? unknownWord(path);
  if (problem !== null) return refuse(problem);
  if (path.startsWith("/")) return accept(path);
  const [, below] = /^(?:~|\$HOME|\$\{HOME\})(\/.*)?$/s.exec(path) ?? [];
  if (below !== undefined || HOMES.includes(path)) return accept(under(home, below ?? ""));
  return accept(under(from, `/${path.replace(/^(\.\/+)+/, "")}`));
}

/** The same for a program, whose bare name stays one, to be searched on PATH. */
export function namedProgram(text: string, places: PathPlaces): Parsed<string> {
  const word = withoutQuotes(text);
  const isBare = word !== "" && !word.includes("/") && pathProblem(word) === null && unknownWord(word) === null;
  return isBare && !HOMES.includes(word) ? accept(word) : namedPath(word, places);
}

/** The path of a file, as written; settings.ts makes it absolute. */
export function filePath(): Kind<string> {
  return {
    placeholder: "<path>",
    limits: "the path of a file",
    parse(text) {
      const value = text.trim();
      const path = namedPath(value, { home: "/~", from: "" });
      if (!path.ok) return path;
      return /(^|\/)(\.{0,2}|~)$/.test(path.value) ? refuse(`${quoted(text)} is a folder`) : accept(value);
    },
  };
}

/** What is wrong with a trimmed path, or null. `~name` is refused: only the own home folder is known. */
export function pathProblem(path: string): string | null {
  if (path === "") return "the path is empty";
  if (hasControlCharacter(path)) return `${quoted(path)} has a control character`;
  if (path.length > 1024) return `${quoted(path)} is longer than 1024 characters`;
  return /^~[^/]/.test(path) ? `${quoted(path)} names another user's home` : null;
}

const HOMES = ["~", "$HOME", "${HOME}"];
/** As keyboards of a Mac set them, too. */
const QUOTES = ['""', "''", "“”", "‘’"];

function withoutQuotes(text: string): string {
  const path = text.trim();
  const isQuoted = path.length > 1 && QUOTES.includes(`${path.charAt(0)}${path.slice(-1)}`);
  return isQuoted ? path.slice(1, -1) : path;
}

/** A `file:` address, with or without the name of this machine, as the path that it means. */
function withoutScheme(text: string): Parsed<string> {
  if (!/^file:/i.test(text)) return accept(text);
  const [, encoded] = /^file:(?:\/\/(?:localhost)?)?(\/[^/].*)$/is.exec(text) ?? [];
  const path = encoded === undefined ? null : decoded(encoded);
  return path === null ? refuse(`${quoted(text)} is no address of a file on this machine`) : accept(path);
}

/** @returns null for a percent sign that is followed by no byte of UTF-8 */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** What only a shell or a browser could make a path of. */
function unknownWord(path: string): string | null {
  if (/^["'“‘]/.test(path)) return `${quoted(path)} has a quote that is not closed`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return `${quoted(path)} is an address and no path`;
  const isVariable = /^\$[a-z_{]/i.test(path) && !/^\$(?:HOME|\{HOME\})(?:\/|$)/.test(path);
  return isVariable ? `${quoted(path)} begins with a variable, and only $HOME is known` : null;
}

const under = (folder: string, below: string): string => (folder === "/" && below !== "" ? below : folder + below);
