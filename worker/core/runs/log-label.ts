// Whose a candidate's log is: a small file beside it, written at the start by the worker, read by whoever shows the log.
// Source: contract §4 (log of the child: kept per trial).
import * as z from "zod";
import { cellName, knobsSchema } from "../knobs.ts";
import { shortModel } from "../units.ts";

const logLabelSchema = z.object({ model: z.string(), knobs: knobsSchema });
export type LogLabel = z.infer<typeof logLabelSchema>;

/** "…/001.log" -> "…/001.json". */
export const logLabelPath = (logPath: string): string => logPath.replace(/\.log$/, ".json");

/** "Qwen2.5-7B · kv 8 · batch 2"; null for what is no label. */
export function logLabelText(text: string): string | null {
  const label = jsonLabel.safeParse(text).data;
  return label === undefined ? null : `${shortModel(label.model)} · ${cellName(label.knobs)}`;
}

const jsonLabel = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue("is no JSON"); // cut short by a death while it was written
      return z.NEVER;
    }
  })
  .pipe(logLabelSchema);
