// A process that adds 1 to the number in a file, so many times, through replaceFile; refusals are tried again.
// Arguments: file, times. Prints one line with the number of refusals.
import { readFileState, type FileState } from "../../../worker/platform/files/file-state.ts";
import { replaceFile } from "../../../worker/platform/files/atomic-file.ts";
import { AutotuneError } from "../../../worker/core/errors.ts";

const [path = "", times = "0"] = process.argv.slice(2);
let refusals = 0;
for (let done = 0; done < Number(times);) {
  try {
    const expected: FileState = readFileState(path);
    const next = Number(Buffer.from(expected.bytes).toString("utf8")) + 1;
    replaceFile({ expected, bytes: Buffer.from(`${next}\n`), unixSeconds: 1_700_000_000 });
    done += 1;
  } catch (error) {
    if (!(error instanceof AutotuneError)) throw error;
    refusals += 1;
  }
}
process.stdout.write(`${refusals}\n`);
