// When what ps or lsof printed is the whole truth. Nothing printed means "nobody" only if the tool says so itself.
// Source: ps(1); lsof(8), DIAGNOSTICS: 1 stands for an error and for anything asked for that was not found.

/** One finished call. */
export interface ToolResult {
  /** null if a signal ended it, or it never ran. */
  code: number | null;
  /** It was given up on. */
  timedOut: boolean;
  /** It ended by itself or by our hand, and all it printed is here. */
  signal: string | null;
  stdout: string;
  stderr: string;
}

export type Tool = "ps" | "lsof";

/** @returns what is wrong with the answer, for people; null if it can be relied on */
export function toolFailure(tool: Tool, result: ToolResult, limitS: number): string | null {
  const { code, timedOut, signal, stdout, stderr } = result;
  if (timedOut) return `${tool} did not answer within ${limitS} s`;
  if (code === null) return `${tool} was ended by ${signal ?? "the system"}`;
  const complaint = complaintOf(stderr);
  if (code !== 0 && !(code === 1 && isNoMatch(tool, stdout, complaint)))
    return `${tool} ended with ${code}${complaint === null ? "" : `: ${complaint}`}`;
  if (stdout !== "" && !stdout.endsWith("\n")) return `what ${tool} printed is cut off`;
  return null;
}

/** lsof may have found some of what was asked for; ps prints nothing if it found none of the pids. */
function isNoMatch(tool: Tool, stdout: string, complaint: string | null): boolean {
  return complaint === null && (tool === "lsof" || stdout === "");
}

/** The first line that is no warning. Warnings of lsof (a volume that cannot be looked at) go on in indented lines. */
function complaintOf(stderr: string): string | null {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => !/^(\s|lsof: WARNING\b)/.test(line))?.slice(0, 200) ?? null;
}
