// What all requests of one visit share: the running provider, the cell, who is told; and how one of them is sent.
// Source: contract §2 (visit), §8.
import type { Candidate, Report, RunContext, Running, Weights } from "../context.ts";
import type { Knobs } from "../core/knobs.ts";
import type { Visit } from "../core/measure/measurement.ts";
import type { Outlook } from "../core/result/progress.ts";
import type { PromptScale } from "../core/measure/prompt.ts";
import { measureRequest, type Measured } from "./measure.ts";
import type { PatienceLimits } from "./request-patience.ts";

export interface VisitRequest {
  stage: 1 | 2;
  candidate: Candidate;
  weights: Weights | null;
  knobs: Knobs;
  replicates: number;
  /** Names the prompts: the same for every cell of a pass. */
  nonceSet: number;
  /** What lies ahead of the run, by what the visit has measured so far. */
  outlook: (visit: Visit) => Outlook;
  /** Length of prompts as this model counts them; found in the first visit, reused by later ones. */
  scale: { current: PromptScale | null };
}

/** A visit whose provider is ready. */
export interface VisitSession {
  ctx: RunContext;
  wanted: VisitRequest;
  running: Running;
  progress: (phase: Report["phase"], detail: string | null, liveTps?: number) => void;
}

/**
 * Send one prompt and time it.
 * @param patience how long it is waited for; by the gate if left out
 * @throws the run's signal's reason
 */
export function send(
  session: VisitSession,
  prompt: string,
  maxTokens: number,
  patience: PatienceLimits = { gateMs: session.ctx.inputs.gateTtftMs },
): Promise<Measured> {
  const { ctx, wanted, running, progress } = session;
  return measureRequest(
    {
      running,
      model: ctx.provider.requestModel(wanted.candidate.id),
      prompt,
      maxTokens,
      ...patience,
      stopTokens: wanted.weights?.stopTokens ?? [],
      isLoadFailure: (status, body) => ctx.provider.isLoadFailure(status, body),
      onPrefill: (text) => progress("prefilling", text),
      onOutput: (chunks, sinceFirstMs) =>
        progress(
          "decoding",
          `token ${chunks} of ${maxTokens}`,
          sinceFirstMs > 0 ? ((chunks - 1) / sinceFirstMs) * 1000 : undefined,
        ),
    },
    ctx.clock,
    ctx.signal,
  );
}
