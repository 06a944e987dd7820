// Copies what the worker's probes say and read, names and secrets replaced, to be handed on. Source: contract §14, §15 (doctor).
import { Clipboard, environment, showToast, Toast } from "@raycast/api";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { evidenceWrittenSchema } from "../../../worker/core/secrets/evidence.ts";
import { doctorFlags } from "./doctor-text.ts";
import { showFailure } from "../ui/failure-toast.ts";
import { callDespite } from "../worker/raycast-worker.ts";
import { rememberedValues } from "../tune/tune-form-memory.ts";

/** Every probe may wait for tools that do not answer. */
const EVIDENCE_MS = 600_000;

/** Have the evidence written, copy it, and leave no file behind. */
export async function copyEvidence(): Promise<void> {
  const toast = await showToast({ style: Toast.Style.Animated, title: "Asking every probe" });
  try {
    const flags = doctorFlags(await rememberedValues());
    mkdirSync(environment.supportPath, { recursive: true });
    const folder = mkdtempSync(join(environment.supportPath, "evidence-"));
    try {
      const args = ["doctor", "--evidence", join(folder, "evidence.md"), ...flags];
      const { answer } = await callDespite(args, evidenceWrittenSchema, { timeoutMs: EVIDENCE_MS });
      const { path, probes } = answer;
      await Clipboard.copy(readFileSync(path, "utf8"));
      Object.assign(toast, {
        style: Toast.Style.Success,
        title: "Evidence copied",
        message: `${probes.length} probes. Look through it before you hand it on.`,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    await showFailure("The evidence was not copied", error);
  }
}
