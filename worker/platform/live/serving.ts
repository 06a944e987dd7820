// Which model a launchd service answers with at this moment, asked of the very processes that it runs now.
// Source: contract §12 (wait until it answers with the new model), §4 (readiness of each provider).
import { ancestors } from "../../core/live/provider-family.ts";
import { AutotuneError } from "../../core/errors.ts";
import { PROVIDERS, type ProviderId } from "../../providers/index.ts";
import { isServedModel, servedModels } from "../../core/measure/served-models.ts";
import { ask, type Question } from "../candidate/ask.ts";
import type { Launchd } from "../launchd/launchd.ts";
import { portsOfPids } from "../processes/port-listener.ts";
import { listProcesses } from "../processes/processes.ts";

/** `pid`: the service's own process now, null while it has none. */
export type Serving =
  { state: "serves"; pid: number; port: number } | { state: "not-yet"; pid: number | null; why: string };

/** ms; a first token waits for the load, and a list of models for a look through the whole cache. */
const ASK_TIMEOUT_MS = 30_000;
/** Far more than the longest list of models. */
const LIST_BYTES = 8_000_000;

/**
 * Ask once.
 * @param question.gone processes of before the restart: what they answer does not count
 * @param question.model null = any answer will do
 */
export async function askService(
  launchd: Launchd,
  question: {
    service: { domain: string; label: string };
    provider: ProviderId;
    model: string | null;
    gone: readonly number[];
  },
): Promise<Serving> {
  const { service, provider, model, gone } = question;
  const printed = await launchd.printService(service.domain, service.label);
  if (printed.state !== "loaded") return { state: "not-yet", pid: null, why: `${service.label} is not loaded` };
  const { pid } = printed.service;
  if (pid === null) return { state: "not-yet", pid, why: `${service.label} has no process` };
  if (gone.includes(pid)) return { state: "not-yet", pid: null, why: "the process of before has not ended yet" };
  const seen = await listenersOf(pid);
  if (seen === null) return { state: "not-yet", pid, why: "where it listens cannot be told at this moment" };
  const { processes, ports } = seen;
  if (ports.length === 0) return { state: "not-yet", pid, why: "it does not listen yet" };
  const askPort =
    PROVIDERS[provider].readiness.kind === "one-token-request"
      ? askOneToken(
          provider,
          processes.map((one) => one.argv),
        )
      : askModels;
  const answers = await Promise.all(ports.map(async (port) => ({ port, why: await askPort(port, model) })));
  const right = answers.find((answer) => answer.why === null);
  if (right !== undefined) return { state: "serves", pid, port: right.port };
  return { state: "not-yet", pid, why: answers[0]?.why ?? "it does not answer" };
}

/** The service's processes and their ports. @returns null if they cannot be listed: whoever waits asks again */
async function listenersOf(pid: number) {
  try {
    const all = await listProcesses();
    const byPid = new Map(all.map((one) => [one.pid, one]));
    const processes = all.filter((one) => one.pid === pid || ancestors(one, byPid).some((above) => above.pid === pid));
    return { processes, ports: await portsOfPids(processes.map((one) => one.pid)) };
  } catch (error) {
    if (error instanceof AutotuneError) return null;
    throw error;
  }
}

/** @returns null if the model is served, else why not */
async function askModels(port: number, model: string | null): Promise<string | null> {
  const answer = await request({ port, path: "/v1/models", maxBytes: LIST_BYTES });
  if (answer?.status !== 200) return answer === null ? "it does not answer" : `/v1/models answers ${answer.status}`;
  const models = servedModels(answer.body);
  if (model === null || models.some((id) => isServedModel(id, model))) return null;
  return models.length === 0 ? "it lists no model" : "it lists another model";
}

/** Its /v1/models lists the cache, loaded or not: what counts is one token, from a server that was started with the model. */
function askOneToken(provider: ProviderId, argvs: readonly (readonly string[])[]) {
  return async (port: number, model: string | null): Promise<string | null> => {
    if (model !== null && !argvs.some((argv) => argv.includes(model))) return "it was started with another model";
    const messages = [{ role: "user", content: "Hi" }];
    const body = { model: PROVIDERS[provider].requestModel(model ?? ""), messages, max_tokens: 1, temperature: 0 };
    const answer = await request({ port, path: "/v1/chat/completions", body });
    return answer?.status === 200 ? null : "it has not generated a token yet";
  };
}

/** @returns null if it was refused, closed or silent: it is asked again */
async function request(question: Question): Promise<{ status: number; body: string } | null> {
  const reply = await ask(question, AbortSignal.timeout(ASK_TIMEOUT_MS));
  return reply.state === "answered" ? reply : null;
}
