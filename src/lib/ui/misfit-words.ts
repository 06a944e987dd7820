// Why a candidate or cell does not fit, in a few words, one entry per class. Source: contract §7.
import { FAILURE_CLASSES, type FailureClass } from "../../../worker/core/measure/measurement.ts";

const WORDS: Record<FailureClass, string> = {
  too_big: "Bigger Than the Memory",
  load_failed: "Did Not Load",
  out_of_memory: "Out of Memory",
  load_timeout: "Loaded Too Slowly",
  ttft_gate: "First Token Too Late",
  request_failed: "Request Failed",
  bad_response: "Answer Not Readable",
  empty_output: "Empty Answer",
  stop_token: "Stop Token in the Text",
  wrong_context: "Prompt Not of the Wanted Length",
  died: "Died While Serving",
  pre_warm: "Weights Not Available",
  invalid: "No Valid Measurement",
  bad_knob: "Setting Refused by the Server",
  crash_suspect: "The Mac Went Down With It Before",
};

/** @returns null for what fits; a class of another program is left as it is */
export function misfitWord(stored: string | null): string | null {
  const known = FAILURE_CLASSES.find((one) => one === stored);
  return known === undefined ? stored : WORDS[known];
}
