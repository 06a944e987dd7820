// `doctor`: every check with its repair, for somebody who has never seen the program. Looks, and changes nothing.
import type { Check, CheckId, DoctorReport } from "../../core/result/check.ts";
import { check, doctorText, inShort } from "../../core/result/check.ts";
import { AutotuneError, errorText, RunStopped } from "../../core/errors.ts";
import { checkDatabase } from "./doctor-database.ts";
import { checkMachine } from "./doctor-machine.ts";
import { checkModels } from "./doctor-models.ts";
import { checkProviders } from "./doctor-provider.ts";
import { checkService } from "./doctor-service.ts";
import { writeEvidence } from "./evidence.ts";
import { say } from "../command/io.ts";
import type { BareCall } from "../command/command.ts";

/** Exit code where a run could not start. */
const COULD_NOT_START = 1;

/** @returns 0 if a run with these settings could start, else 1; with --evidence 0 once its file is written */
export async function examine(call: BareCall): Promise<number> {
  const { io, settings, options } = call;
  const { evidence, overwrite } = options;
  if (typeof evidence === "string") {
    const request = { path: evidence, overwrite: overwrite === true };
    return writeEvidence(call, request, () => diagnose(call));
  }
  if (overwrite === true) throw new AutotuneError("config_error", "--overwrite belongs to --evidence <file>");
  const report = await diagnose(call);
  io.signal.throwIfAborted();
  if (settings.inputs.json) say(io.stdout, JSON.stringify(report, null, 2));
  else say(io.stdout, doctorText(report, Math.max(40, Math.min(io.stdout.columns || 80, 110)), io.stdout.isTTY));
  return report.could_start ? 0 : COULD_NOT_START;
}

async function diagnose(call: BareCall): Promise<DoctorReport> {
  const { io, settings, problems } = call;
  const { inputs } = settings;
  const database = await checkDatabase(inputs.dbPath, io);
  let simulated = false;
  const providers = await guarded("provider", "Provider", async () => {
    const found = await checkProviders(inputs, io);
    simulated = found.chosen?.provider.simulated ?? false;
    return [...found.checks, ...(await checkModels(inputs, found.chosen, problems.length === 0, io))];
  });
  const [service, machine] = await Promise.all([
    guarded("live-provider", "In the way", () => checkService(inputs, simulated, database.ownPids, io)),
    guarded("machine", "Machine", () => checkMachine(io)),
  ]);
  const found = [checkNode(), checkSettings(call), ...providers, ...service, ...machine, ...database.checks];
  const checks = found.map((one) => withTilde(one, io.homeDir));
  return {
    could_start: checks.every((one) => one.state !== "error"),
    simulated,
    checks,
  };
}

/** Paths as people write them; repairs stay ready to paste as they are, where ~ would not be expanded within quotes. */
function withTilde(one: Check, homeDir: string): Check {
  return homeDir.length > 1 ? { ...one, text: one.text.replaceAll(`${homeDir}/`, "~/") } : one;
}

/** A check that fails itself is a finding, not the end of all others. */
async function guarded(id: CheckId, title: string, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof RunStopped) throw error;
    // What a run would be refused for as well stops it here, too.
    const refused = error instanceof AutotuneError && error.code === "provider_conflict";
    const remedy = refused && error.remedy !== undefined ? [error.remedy] : [];
    return [check(id, title, refused ? "error" : "warning", `could not be looked at: ${errorText(error)}`, ...remedy)];
  }
}

/** The built program does not start on an older one; from the sources it would. */
function checkNode(): Check {
  const major = Number(process.versions.node.split(".")[0]);
  const { node } = process.versions;
  if (major >= 22) return inShort(node, check("node", "Node", "ok", node));
  return inShort(node, check("node", "Node", "error", `${node} is too old`, "Install Node 22 or newer."));
}

function checkSettings({ settings, problems }: BareCall): Check {
  const given = Object.values(settings.sources).filter((source) => source !== "default").length;
  if (problems.length > 0)
    return inShort("unusable", check("settings", "Settings", "error", "cannot be used", ...problems));
  const path = "~/.config/mlx-autotune/config.yaml";
  const [first, ...more] = settings.warnings;
  const short = given === 0 ? "defaults" : `${given} given`;
  if (first !== undefined) return inShort(short, check("settings", "Settings", "warning", first, ...more));
  const file = Object.values(settings.sources).includes("file") ? `(${path})` : "";
  const text = given === 0 ? `defaults (there is no ${path})` : `${given} given ${file}`.trim();
  return inShort(short, check("settings", "Settings", "ok", text));
}
