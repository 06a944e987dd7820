// What looks like a secret in one line of text, whatever file it is from; no parser, so that the extension's bundles stay small.
// Source: contract §12 (a diff is shown), §15 (no key in output or logs). A line may be a megabyte: every pattern begins where a word
// begins, so none is tried again inside the word that it failed on.

export const MASK = "****";

const SECRET_WORD = /token|secret|key|password|passwd|credential|authorization/i;
/** A word, perhaps quoted, that something is assigned to. */
const ASSIGNED = /(?<![\w.-])([\w.-]+)["']?\s*[:=]\s*(?=\S)/g;

/** Mask what looks like a secret in one line, whatever the file's structure. */
export function maskByLook(line: string): string {
  return maskAssigned(line)
    .replace(/:\/\/[^\s/@]+@/g, `://${MASK}@`)
    .replace(/\b(bearer\s+)\S+/gi, `$1${MASK}`)
    .replace(/\b(hf_|sk-|ghp_)[A-Za-z0-9_-]{6,}/g, `$1${MASK}`);
}

/** What stands behind the first secret name is masked to the end of the line. */
function maskAssigned(line: string): string {
  for (const match of line.matchAll(ASSIGNED)) {
    const valueStart = match.index + match[0].length;
    if (SECRET_WORD.test(match[1] ?? "") && !line.startsWith(MASK, valueStart)) return line.slice(0, valueStart) + MASK;
  }
  return line;
}
