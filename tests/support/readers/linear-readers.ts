// Runs the feeding of all readers in children whose processor time is bounded, and tells which call did not return or grew too fast.
import { spawn } from "node:child_process";
import { join } from "node:path";

/** s of processor time for one part; it needs a tenth, and one quadratic call takes more. */
const CPU_LIMIT_S = 300;
/** Eight times the text; linear is 8, quadratic 64. Garbage collection and a cold cache lie in between. */
const MOST_GROWTH = 30;

/** @returns what is not linear, one line each; [] = all is well */
export async function nonLinearReaders(shapes: readonly string[], parts = 2): Promise<string[]> {
  const found = await Promise.all(Array.from({ length: parts }, (_, part) => feed(part, parts, shapes)));
  return found.flat();
}

async function feed(part: number, parts: number, shapes: readonly string[]): Promise<string[]> {
  const script = join(import.meta.dirname, "read-long-lines.ts");
  // A busy machine lengthens the time, never the processor time.
  const command = ["-c", `ulimit -t ${CPU_LIMIT_S}; exec "$@"`, "sh", process.execPath, "--no-warnings", script];
  const child = spawn("sh", [...command, String(part), String(parts), JSON.stringify(shapes)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (output += data.toString("utf8")));
  child.stderr.on("data", (data: Buffer) => (errors += data.toString("utf8")));
  await new Promise((ended) => child.once("close", ended));
  return judged(output, errors);
}

interface Said {
  begins?: string;
  largeMs?: number;
  smallMs?: number;
  over?: boolean;
}

function judged(output: string, errors: string): string[] {
  const lines = output.split("\n").filter((line) => line.endsWith("}"));
  const said = lines.map((line) => JSON.parse(line) as Said);
  const found: string[] = [];
  let call = "nothing";
  for (const { begins, largeMs = 0, smallMs = 0 } of said) {
    call = begins ?? call;
    if (largeMs > Math.max(1, smallMs) * MOST_GROWTH)
      found.push(`${call}: ${smallMs.toFixed(0)} ms, then ${largeMs.toFixed(0)} ms`);
  }
  return said.at(-1)?.over === true ? found : [...found, `${call}: did not return ${errors.slice(0, 500)}`];
}
