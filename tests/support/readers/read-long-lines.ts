// Feeds one part of the readers with texts of a quarter of a megabyte, and says on stdout what took how long: a line before each call, so that whoever
// waits knows which one did not return. Arguments: number of this part, number of parts, names of shapes as JSON.
import { READERS } from "./foreign-readers.ts";
import { LARGE, SHAPES, SMALL } from "./foreign-text.ts";

const [part = 0, parts = 1] = process.argv.slice(2, 4).map(Number);
const shapes = JSON.parse(process.argv[4] ?? "[]") as string[];
/** ms of processor time; what is quicker is not worth a second measurement. */
const WORTH_COMPARING_MS = 125;

for (const [at, [name, read]] of Object.entries(READERS).entries()) {
  if (at % parts !== part) continue;
  for (const shape of shapes) {
    say({ begins: `${name} with ${shape}` });
    const make = SHAPES[shape] ?? String;
    const ofSize = (size: number) => cpuMs(() => read(make(size)));
    const firstMs = await ofSize(LARGE);
    // What the first one took may be the compiler's, or garbage of others.
    if (firstMs > WORTH_COMPARING_MS)
      say({ largeMs: Math.min(firstMs, await ofSize(LARGE)), smallMs: await ofSize(SMALL) });
  }
}
say({ over: true });

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** A refusal is an answer; only how long it takes counts. */
async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
