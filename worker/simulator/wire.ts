// The simulator's side of the wire: requests it reads and the events it writes, in the format of macprovider.
// Source: contract §4, macprovider.
import * as z from "zod";

export const completionRequestSchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(z.looseObject({ content: z.string() })).min(1),
  max_tokens: z.int().positive().default(512),
  stream: z.boolean().default(false),
});
export type CompletionRequest = z.infer<typeof completionRequestSchema>;

export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

const CHARACTERS_PER_TOKEN = 4;
/** What the chat template adds around a message. */
const TEMPLATE_TOKENS = 9;
const WORDS = [
  "the",
  "model",
  "writes",
  "one",
  "word",
  "after",
  "another",
  "and",
  "none",
  "of",
  "them",
  "means",
  "much",
];

/** Count a prompt's tokens, from its characters alone. */
export function countPromptTokens(request: CompletionRequest): number {
  const characters = request.messages.reduce((sum, message) => sum + message.content.length, 0);
  return Math.ceil(characters / CHARACTERS_PER_TOKEN) + TEMPLATE_TOKENS * request.messages.length;
}

/** Text of the n-th token, n ≥ 0; never empty. */
export function tokenText(index: number): string {
  return ` ${WORDS[index % WORDS.length]}`;
}

/** Events of one streamed answer; each is a whole server-sent event. */
export function streamEvents(id: string, model: string) {
  const head = { id, object: "chat.completion.chunk", created: Math.floor(Date.now() / 1000), model };
  const chunk = (delta: object, finishReason: string | null) =>
    event({ ...head, choices: [{ index: 0, delta, finish_reason: finishReason }] });
  return {
    /** Comes before any generation: not a first token. */
    role: () => chunk({ role: "assistant", content: "" }, null),
    content: (text: string) => chunk({ content: text }, null),
    finish: (reason: string) => chunk({}, reason),
    usage: (usage: Usage) => event({ ...head, choices: [], usage: usageObject(usage) }),
    error: (message: string) => event(errorBody(message, "server_error", null)),
    progress: (done: number, total: number) => `: keepalive ${done}/${total}\n\n`,
    done: () => "data: [DONE]\n\n",
  };
}

/** The answer to a request without `stream`. */
export function completionBody(id: string, model: string, text: string, usage: Usage): object {
  const message = { role: "assistant", content: text };
  const created = Math.floor(Date.now() / 1000);
  const choices = [{ index: 0, message, finish_reason: "length" }];
  return { id, object: "chat.completion", created, model, choices, usage: usageObject(usage) };
}

export function errorBody(message: string, type: string, code: string | null): object {
  return { error: { message, type, code } };
}

export function modelsBody(model: string): object {
  return { object: "list", data: [{ id: model, object: "model", created: 0, owned_by: "simulated" }] };
}

function usageObject(usage: Usage): object {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    macprovider_generated_completion_tokens: usage.completionTokens,
  };
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
