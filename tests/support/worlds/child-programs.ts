// Starts programs of the tests as real processes, waits for what they do, and makes sure that none is left.
import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";

const live = new Set<ChildProcess>();

export interface Program {
  child: ChildProcess;
  /** stdout and stderr so far. */
  output(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export function startProgram(argv: string[], env: NodeJS.ProcessEnv = process.env, detached = false): Program {
  const [file = "", ...rest] = argv;
  const child = spawn(file, rest, { env, detached, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const collect = (data: Buffer) => (output += data.toString("utf8"));
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  live.add(child);
  const ended = once(child, "close").then(([code, signal]: unknown[]) => {
    live.delete(child);
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return { child, output: () => output, ended };
}

/** Kill what a test left running. @returns how many there were: a test file wants 0 */
export function killLeftovers(): number {
  const left = live.size;
  for (const child of live) child.kill("SIGKILL");
  return left;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Ask /v1/models until it answers 200 or the program has ended. */
export async function untilServing(program: Program, port: number): Promise<void> {
  let ended = false;
  void program.ended.then(() => (ended = true));
  while (!ended) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/models`).catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`the program ended before it served: ${program.output()}`);
}

export interface Streamed {
  status: number;
  headers: Headers;
  body: string;
  /** Parsed data events before [DONE]. */
  events: {
    choices?: { delta?: { role?: string; content?: string }; finish_reason?: string | null }[];
    usage?: Record<string, number>;
    error?: { message: string };
  }[];
  text: string;
  firstMs: number;
  totalMs: number;
}

/** Send one streamed completion and read all of it. */
export async function complete(
  port: number,
  request: { model: string; prompt: string; maxTokens?: number; signal?: AbortSignal },
): Promise<Streamed> {
  const t0 = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({
      model: request.model,
      stream: true,
      max_tokens: request.maxTokens ?? 40,
      messages: [{ role: "user", content: request.prompt }],
    }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  let body = "";
  let firstMs = 0;
  const decoder = new TextDecoder();
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    body += decoder.decode(part, { stream: true });
    if (firstMs === 0 && /"content":"[^"]/.test(body)) firstMs = performance.now() - t0;
  }
  const data = [...body.matchAll(/^data: (.*)$/gm)].map(([, text]) => text ?? "");
  const events = data
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text) as Streamed["events"][number]);
  const text = events.map(({ choices }) => choices?.[0]?.delta?.content ?? "").join("");
  const totalMs = performance.now() - t0;
  return { status: response.status, headers: response.headers, body, events, text, firstMs, totalMs };
}
