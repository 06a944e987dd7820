// What looks like a secret in one line of text, whatever file it is from; no parser, so that the extension's bundles stay small.
// Source: contract §12 (a diff is shown), §15 (no key in output or logs).

export const MASK = "****";

/** Mask what looks like a secret in one line, whatever the file's structure. */
export function maskByLook(line: string): string {
  return line
    .replace(
      /([\w.-]*(?:token|secret|key|password|passwd|credential|authorization)[\w.-]*["']?\s*[:=]\s*)(?!\*{4})\S.*$/i,
      `$1${MASK}`,
    )
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${MASK}@`)
    .replace(/\b(bearer\s+)\S+/gi, `$1${MASK}`)
    .replace(/\b(hf_|sk-|ghp_)[A-Za-z0-9_-]{6,}/g, `$1${MASK}`);
}
