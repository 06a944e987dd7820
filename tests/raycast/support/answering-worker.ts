// A stand-in for Node that answers as a worker would that cannot be had in a test: one document and an exit code, whatever it is asked.
import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder } from "../../support/worlds/remove-folder.ts";

export interface AnsweringWorker {
  home: string;
  /** For the preference `nodeBinary`. */
  node: string;
  remove(): void;
}

export function answeringWorker({ stdout, code }: { stdout: string; code: number }): AnsweringWorker {
  const home = mkdtempSync(join(tmpdir(), "answering-"));
  const [answer, node] = [join(home, "answer.json"), join(home, "node")];
  writeFileSync(answer, stdout);
  writeFileSync(node, `#!/bin/sh\n[ "$1" = --version ] && exec echo v22.99.0\ncat '${answer}'\nexit ${code}\n`);
  chmodSync(node, 0o755);
  return { home, node, remove: () => removeFolder(home) };
}
