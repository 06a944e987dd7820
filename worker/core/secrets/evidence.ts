// What `doctor --evidence` writes: for every probe what was asked, what was said and what was read from it, one below the other. Pure.
// Source: contract §15 (doctor).
import * as z from "zod";
import { bullets, code, codeBlock, mark } from "../text/markdown.ts";

/** What is said once the file is written. */
export const evidenceWrittenSchema = z.object({
  path: z.string(),
  probes: z.array(z.object({ id: z.string(), title: z.string(), answered: z.int(), unanswered: z.int() })),
});
export type EvidenceWritten = z.infer<typeof evidenceWrittenSchema>;

/** How a probe's question ended. */
export type Outcome = "answered" | "failed" | "no answer" | "not here";

export interface Said {
  outcome: Outcome;
  /** Exit code; null for a file, or where there is none. */
  code: number | null;
  /** Output, or content. */
  text: string;
  /** Diagnostics: stderr, or why there is no answer. */
  diagnostics: string;
  /** How long it took, ms; absent where nothing was waited for. */
  ms?: number;
}

/** One question with its answer. */
export interface Finding {
  /** A command line, or a path. */
  asked: string;
  said: Said;
  /** What the program reads from it, as it uses it. */
  read: unknown;
}

export interface ProbeReport {
  id: string;
  title: string;
  /** Names of the functions that read the answer. */
  readers: string[];
  findings: Finding[];
}

export interface Evidence {
  version: string;
  utc: string;
  /** Facts about the replaced names that matter to how tools print them, a sentence each. */
  about: string[];
  probes: ProbeReport[];
}

/** Lines of one answer that are shown. */
const MOST_LINES = 200;
/** Characters of one reading that are shown. */
const LONGEST_READING = 20_000;

/** Lay the evidence out as Markdown. @param redact is applied to all that is not the program's own text */
export function evidenceText({ version, utc, about, probes }: Evidence, redact: (text: string) => string): string {
  const parts = probes.flatMap((probe, at) => probePart(probe, at + 1, redact));
  return [
    "# What this Mac says, and what MLX Autotune reads from it",
    `mlx-autotune ${version}, ${utc}. Nothing was changed for it.`,
    "Home folder (~), user and full name, host names, tokens, environment values, e-mail addresses, serials, UUIDs and addresses other",
    "than loopback are replaced. Look through it before you hand it on: names of models, folders and jobs are still in it.",
    "",
    bullets(about.map(redact)).text,
    "",
    "| probe | outcome |",
    "| --- | --- |",
    ...probes.map((probe, at) => `| ${at + 1}. ${probe.title} | ${outcomes(probe)} |`),
    ...parts,
    "",
  ].join("\n");
}

function outcomes({ findings }: ProbeReport): string {
  if (findings.length === 0) return "nothing to ask";
  const counts = new Map<Outcome, number>();
  for (const { said } of findings) counts.set(said.outcome, (counts.get(said.outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => (count === 1 ? outcome : `${outcome} (${count})`)).join(", ");
}

function probePart(probe: ProbeReport, number: number, redact: (text: string) => string): string[] {
  const readers = probe.readers.length === 0 ? "" : ` Read by ${probe.readers.join(", ")}.`;
  const head = ["", `## ${number}. ${probe.title}`, "", `Probe \`${probe.id}\`.${readers}`];
  if (probe.findings.length === 0) return [...head, "", "Nothing to ask here."];
  return [...head, ...probe.findings.flatMap((finding) => findingPart(finding, redact))];
}

function findingPart({ asked, said, read }: Finding, redact: (text: string) => string): string[] {
  const took = said.ms === undefined ? "" : `, ${Math.round(said.ms)} ms`;
  const how = `${said.code === null ? "" : `, exit code ${said.code}`}${took}`;
  const lines = said.text.replace(/\n$/, "").split("\n");
  const diagnostics = said.diagnostics.trim();
  return [
    "",
    mark`### ${code(redact(asked))}`.text,
    "",
    ...(said.text === ""
      ? [`Said nothing (${said.outcome}${how}).`]
      : [
          `Said (${said.outcome}${how}, ${lines.length === 1 ? "1 line" : `${lines.length} lines`}):`,
          ...block(redact(excerpt(lines).join("\n")), "text"),
        ]),
    ...(diagnostics === ""
      ? []
      : ["", "Diagnostics:", ...block(redact(excerpt(diagnostics.split("\n")).join("\n")), "text")]),
    "",
    "Read:",
    ...block(redact(readingText(read)), "json"),
  ];
}

const block = (text: string, language: "text" | "json"): string[] => ["", codeBlock(text, language).text];

function readingText(read: unknown): string {
  const text = JSON.stringify(read, null, 1) ?? "nothing";
  return text.length <= LONGEST_READING
    ? text
    : `${text.slice(0, LONGEST_READING)}\n… ${text.length - LONGEST_READING} more characters`;
}

/** First and last lines; what is left out between them is counted. */
function excerpt(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines;
  const half = MOST_LINES / 2;
  return [...lines.slice(0, half), `… ${lines.length - MOST_LINES} lines left out …`, ...lines.slice(-half)];
}
