// One answer of the simulator, from the role event to [DONE], and every way in which a scenario makes it go wrong.
// Source: contract §4, macprovider (order of the events) and simulated (failure scenarios).
import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Failure } from "./profile-schema.ts";
import type { Scheduler } from "./scheduler.ts";
import { completionBody, errorBody, streamEvents, tokenText, type CompletionRequest } from "./wire.ts";

/** How the simulated process ends, and its last line on stderr. */
export interface Death {
  code: number;
  line: string;
}

/** A reader this far behind is gone or never reads: the answer is given up. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** The token in whose place an end token leaks. */
const LEAKED_AT = 2;

export class Answer {
  readonly #request: CompletionRequest;
  readonly #promptTokens: number;
  readonly #failure: Failure | null;
  readonly #response: ServerResponse;
  readonly #id = `chatcmpl-${randomUUID()}`;
  readonly #events: ReturnType<typeof streamEvents>;
  #text = "";
  #sent = 0;

  constructor(request: CompletionRequest, promptTokens: number, failure: Failure | null, response: ServerResponse) {
    this.#request = request;
    this.#promptTokens = promptTokens;
    this.#failure = failure;
    this.#response = response;
    this.#events = streamEvents(this.#id, request.model);
  }

  /** Answer, at the speed of the scheduler's machine. A client that goes away frees its slot at once. */
  run(scheduler: Scheduler, onDeath: (death: Death) => void): void {
    const maxTokens = this.#failure?.kind === "never_ends" ? Infinity : this.#request.max_tokens;
    if (this.#request.stream) {
      this.#response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      this.#write(this.#events.role());
    }
    const cancel = scheduler.submit({
      promptTokens: this.#promptTokens,
      maxTokens: Math.min(maxTokens, Number.MAX_SAFE_INTEGER),
      onTokens: (count) => this.#tokens(count, onDeath),
      onPrefill: (done) => this.#write(this.#events.progress(done, this.#promptTokens)),
    });
    this.#response.on("close", cancel);
  }

  #tokens(count: number, onDeath: (death: Death) => void): void {
    for (let i = 0; i < count && !this.#response.writableEnded; i++) this.#token(onDeath);
  }

  #token(onDeath: (death: Death) => void): void {
    const death = this.#deathNow();
    if (death !== null) return onDeath(death);
    if (this.#failure?.kind === "in_stream_error") return this.#fail(this.#failure.message);
    if (this.#failure?.kind === "empty_output") return this.#finish(0);
    const text =
      this.#failure?.kind === "stop_token" && this.#sent === LEAKED_AT ? "<|im_end|>" : tokenText(this.#sent);
    this.#sent += 1;
    this.#text += this.#request.stream ? "" : text;
    this.#write(this.#events.content(text));
    if (this.#response.writableLength > MAX_UNREAD_BYTES) this.#response.destroy();
    if (this.#sent === this.#request.max_tokens && this.#failure?.kind !== "never_ends") this.#finish(this.#sent);
  }

  #deathNow(): Death | null {
    const kind = this.#failure?.kind;
    if (this.#failure === null || (kind !== "dies" && kind !== "out_of_memory")) return null;
    if (this.#sent < this.#request.max_tokens / 2) return null;
    if (kind === "dies") return { code: this.#failure.code, line: this.#failure.message };
    return { code: 137, line: `[metal::malloc] SIMULATED: Unable to allocate (${this.#failure.message})` };
  }

  #fail(message: string): void {
    if (this.#request.stream) this.#response.end(this.#events.error(message));
    else this.#json(500, errorBody(message, "server_error", null));
  }

  #finish(completionTokens: number): void {
    const promptTokens =
      this.#failure?.kind === "truncated_prompt" ? Math.floor(this.#promptTokens / 2) : this.#promptTokens;
    const usage = { promptTokens, completionTokens };
    if (!this.#request.stream) return this.#json(200, completionBody(this.#id, this.#request.model, this.#text, usage));
    this.#write(this.#events.finish(completionTokens === 0 ? "stop" : "length"));
    if (this.#failure?.kind !== "no_usage") this.#write(this.#events.usage(usage));
    this.#response.end(this.#events.done());
  }

  #json(status: number, body: object): void {
    this.#response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  #write(event: string): void {
    if (this.#request.stream && !this.#response.writableEnded) this.#response.write(event);
  }
}
