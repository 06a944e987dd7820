// `doctor --evidence FILE`: what every probe was told and what was read from it, in one file that may be handed on.
// Source: contract §15 (doctor). Looks only; the file is all that is written.
import { existsSync, lstatSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DoctorReport } from "../../core/result/check.ts";
import { AutotuneError, errorText, RunStopped } from "../../core/errors.ts";
import { evidenceText, type EvidenceWritten, type Finding, type ProbeReport } from "../../core/secrets/evidence.ts";
import { leftIn, redactor } from "../../core/secrets/redact.ts";
import { identityOf } from "../../platform/machine/identity.ts";
import { writePrivately } from "../../platform/files/private-file.ts";
import { type ProbeContext, probeContext } from "./evidence-context.ts";
import { type Probe, PROBES } from "./evidence-probes.ts";
import { say } from "../command/io.ts";
import type { BareCall } from "../command/command.ts";
import { step } from "../../step.ts";

declare const AUTOTUNE_VERSION: string;

export interface EvidenceRequest {
  path: string;
  /** Replace a file that is there. */
  overwrite: boolean;
}

/** ms for all questions of one probe; a program of a provider may load Python for half of that. */
const PROBE_LIMIT_MS = 90_000;
/** Probes at a time: a Mac that swaps must not be asked everything at once. */
const AT_ONCE = 4;

/** @returns 0 once the file is written, whatever the probes said. @throws AutotuneError config_error if it cannot be, or is there */
export async function writeEvidence(
  call: BareCall,
  request: EvidenceRequest,
  diagnose: () => Promise<DoctorReport>,
): Promise<number> {
  const { io, settings } = call;
  const file = resolve(request.path);
  if (!request.overwrite && lstatSync(file, { throwIfNoEntry: false })) throw thereAlready(file);
  if (!existsSync(dirname(file))) throw cannotWrite(file, "its folder is not there");
  const context = probeContext(io, settings.inputs, diagnose);
  const { identity, unknown } = await identityOf(io.homeDir, { env: io.env, signal: io.signal });
  const probes: ProbeReport[] = [];
  for (let at = 0; at < PROBES.length; at += AT_ONCE)
    probes.push(...(await Promise.all(PROBES.slice(at, at + AT_ONCE).map((probe) => lookWith(probe, context)))));
  const whole = { ...identity, secrets: [...new Set([...identity.secrets, ...context.secrets])] };
  const about = [...nameShapes(io.homeDir), ...unknown];
  const utc = new Date().toISOString();
  const text = evidenceText({ version: AUTOTUNE_VERSION, utc, about, probes }, redactor(whole));
  requireNothingLeft(leftIn(text, whole));
  write(file, text, request.overwrite);
  tell({ path: file, probes: probes.map(summaryOf) }, call);
  return 0;
}

/** @throws AutotuneError internal_error: rather no file than one with a name or a secret in it */
function requireNothingLeft(left: string[]): void {
  if (left.length === 0) return;
  throw new AutotuneError("internal_error", `the evidence still holds a ${left.join(" and a ")}; nothing was written`);
}

async function lookWith({ id, title, readers, look }: Probe, context: ProbeContext): Promise<ProbeReport> {
  const giveUp = new AbortController();
  const late = delay(PROBE_LIMIT_MS, null, { signal: giveUp.signal }).catch(() => null);
  const found = await Promise.race([look(context).catch(failed), late]);
  giveUp.abort();
  context.io.signal.throwIfAborted();
  const findings = found ?? [unanswered("no answer", `none within ${PROBE_LIMIT_MS / 1000} s`)];
  return { id, title, readers: readers.map(({ name }) => name.replace(/\d+$/, "")), findings };
}

function failed(error: unknown): Finding[] {
  if (error instanceof RunStopped) throw error;
  return [unanswered("failed", errorText(error))];
}

const unanswered = (outcome: "failed" | "no answer", diagnostics: string): Finding => ({
  asked: "the whole probe",
  said: { outcome, code: null, text: "", diagnostics },
  read: null,
});

/** What of the replaced names decides how tools print them. */
function nameShapes(homeDir: string): string[] {
  const has = [
    ...(/[^ -~]/.test(homeDir) ? ["letters that are not ASCII"] : []),
    ...(homeDir.includes(" ") ? ["spaces"] : []),
  ];
  return [
    `The home folder's path has ${homeDir.length} characters${has.length === 0 ? "" : `, with ${has.join(" and ")}`}.`,
  ];
}

/** A new file is made by one call that fails if it is there; one that is replaced goes by rename. */
function write(file: string, text: string, overwrite: boolean): void {
  try {
    if (overwrite) writePrivately(file, text);
    else step("evidence.file", () => writeFileSync(file, text, { mode: 0o600, flag: "wx" }));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw thereAlready(file);
    throw cannotWrite(file, errorText(cause), cause);
  }
}

function cannotWrite(file: string, why: string, cause?: unknown): AutotuneError {
  const remedy = "Name another file with --evidence.";
  return new AutotuneError("config_error", `--evidence: cannot write ${file}: ${why}`, { remedy, cause });
}

function thereAlready(file: string): AutotuneError {
  return new AutotuneError("config_error", `--evidence: ${file} is there already; nothing was written`, {
    remedy: "Name another file, or add --overwrite.",
  });
}

function summaryOf({ id, title, findings }: ProbeReport): EvidenceWritten["probes"][number] {
  const count = (outcome: string) => findings.filter(({ said }) => said.outcome === outcome).length;
  return { id, title, answered: count("answered"), unanswered: count("failed") + count("no answer") };
}

function tell(written: EvidenceWritten, { io, settings }: BareCall): void {
  if (settings.inputs.json) return say(io.stdout, JSON.stringify(written, null, 2));
  const bad = written.probes.filter(({ unanswered }) => unanswered > 0).map(({ title }) => title);
  const without = bad.length === 0 ? "" : ` Not all was answered: ${bad.join(", ")}.`;
  say(io.stdout, written.path);
  say(io.stderr, `${written.probes.length} probes.${without} Look through the file before you hand it on.`);
}
