// What a command needs of the process it runs in; cli.ts hands in the real ones.
import type { Log } from "../../context.ts";

export interface Io {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  homeDir: string;
  /** argv prefix that starts this program again: [node, script]. */
  selfCommand: string[];
  /** Aborts with a RunStopped at the first signal. */
  signal: AbortSignal;
  /** Aborts at the second signal: no more grace. */
  hurry: AbortSignal;
}

/** Write one line to a stream. */
export function say(stream: NodeJS.WriteStream, text: string): void {
  stream.write(`${text}\n`);
}

/** Events of a command as lines on stderr, so that stdout stays what was asked for. @param before what each line begins with */
export function stderrLog(io: Pick<Io, "stderr">, before = ""): Log {
  const line = (text: string) => say(io.stderr, `${before}${text}`);
  return { info: line, warn: line, debug: () => undefined };
}
