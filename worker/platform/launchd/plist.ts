// Reading launchd's job descriptions: XML by our own parser, anything else (binary) through plutil where PATH has it.
// Source: contract §5; launchd.plist(5).
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { errorText } from "../../core/errors.ts";
import { parsePlistXml, type PlistValue } from "../../core/launchd/plist-xml.ts";
import { inTime } from "../files/in-time.ts";
import { readSmallFile } from "../files/small-file.ts";

/** A job description has some kilobytes. */
const MOST_BYTES = 4_000_000;

/** One job description, as far as the product cares. */
export interface Plist {
  path: string;
  label: string;
  /** ProgramArguments; Program, where it is given, is what really runs, whatever the first of them says. */
  argv: string[];
  environment: Record<string, string>;
  workingDirectory: string | null;
  /** LimitLoadToSessionType; null = not given. */
  sessionTypes: string[] | null;
}

/** @throws Error that says why the file cannot be read or is no job description */
export async function readPlist(path: string, env: NodeJS.ProcessEnv): Promise<Plist> {
  const root = await readValues(path, env);
  const label = root["Label"];
  if (typeof label !== "string" || label === "") throw new Error("no Label in it");
  const listed = strings(root["ProgramArguments"]);
  const program = root["Program"];
  const directory = root["WorkingDirectory"];
  const sessions = root["LimitLoadToSessionType"];
  return {
    path,
    label,
    argv: typeof program === "string" ? [program, ...listed.slice(1)] : listed,
    environment: stringValues(root["EnvironmentVariables"]),
    workingDirectory: typeof directory === "string" ? directory : null,
    sessionTypes: typeof sessions === "string" ? [sessions] : Array.isArray(sessions) ? strings(sessions) : null,
  };
}

/** All job descriptions of a folder, by name; a folder that is not there has none. What cannot be read becomes a note. */
export async function readPlistFolder(
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<{ plists: Plist[]; notes: string[] }> {
  const notes: string[] = [];
  const names = await inTime(folder, readdir(folder)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") notes.push(`${folder} could not be read: ${errorText(error)}`);
    return [];
  });
  const paths = names.filter((name) => name.endsWith(".plist")).sort();
  const read = await Promise.all(
    paths.map((name) =>
      readPlist(join(folder, name), env).catch(
        (error: unknown) =>
          `${basename(name)} in ${folder} could not be read, so it was not looked at: ${errorText(error)}`,
      ),
    ),
  );
  notes.push(...read.filter((plist) => typeof plist === "string"));
  return { plists: read.filter((plist) => typeof plist !== "string"), notes };
}

async function readValues(path: string, env: NodeJS.ProcessEnv): Promise<Record<string, PlistValue>> {
  const bytes = await readSmallFile(path, MOST_BYTES);
  const isBinary = bytes.subarray(0, 6).toString("latin1") === "bplist";
  const text = isBinary ? await convertWithPlutil(path, env) : bytes.toString("utf8").replace(/^\uFEFF/, "");
  return asDict(parsePlistXml(text));
}

/** xml1, not json: plutil refuses to write dates and data as JSON. */
async function convertWithPlutil(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const result = await execa("plutil", ["-convert", "xml1", "-o", "-", path], {
    env,
    extendEnv: false,
    reject: false,
    timeout: 10_000,
    stdin: "ignore",
  });
  if (result.code === "ENOENT") throw new Error("it is binary and there is no plutil");
  if (result.failed) throw new Error(result.stderr.trim() || result.shortMessage);
  return result.stdout;
}

function asDict(value: PlistValue | undefined): Record<string, PlistValue> {
  if (typeof value !== "object" || Array.isArray(value)) throw new Error("its root is no dictionary");
  return value;
}

function strings(value: PlistValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function stringValues(value: PlistValue | undefined): Record<string, string> {
  if (typeof value !== "object" || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
