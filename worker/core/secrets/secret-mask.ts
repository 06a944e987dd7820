// Takes a secret out of text that others wrote: whole, in pieces, escaped, or cut off at the end of a shortened line.
// Source: contract §15 (the key never shows up in output, logs or database).
import { MASK } from "./mask-look.ts";

/** Shorter pieces of a secret are not looked for: they would hide ordinary words. */
const LEAST_PIECE = 8;

/** @param secret null = there is none, and text stays as it is */
export function maskOf(secret: string | null): (text: string) => string {
  if (secret === null || secret === "") return (text) => text;
  const forms = [...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])];
  // Whole ones of every form first, else pieces of another form would leave the rest.
  const steps = [maskWhole, maskPieces, maskCutEnd].flatMap((step) => forms.map((form) => [step, form] as const));
  return (text) => steps.reduce((shown, [step, form]) => step(shown, form), text);
}

function maskWhole(text: string, form: string): string {
  return text.replaceAll(new RegExp(form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi"), MASK);
}

/** Mask every piece of `form` that is long enough, whatever its case. */
function maskPieces(text: string, form: string): string {
  const [lower, lowerForm] = [text.toLowerCase(), form.toLowerCase()];
  // Some characters change their length with their case; then places would not match.
  if (form.length < LEAST_PIECE || lower.length !== text.length) return text;
  let masked = "";
  for (let at = 0; at < text.length;) {
    const length = pieceAt(lower, at, lowerForm);
    masked += length === 0 ? (text[at] ?? "") : MASK;
    at += Math.max(1, length);
  }
  return masked;
}

/** Length of the longest piece of `form` that begins at `at`; 0 if it is too short. */
function pieceAt(text: string, at: number, form: string): number {
  let length = LEAST_PIECE;
  if (at + length > text.length || !form.includes(text.slice(at, at + length))) return 0;
  while (at + length < text.length && form.includes(text.slice(at, at + length + 1))) length += 1;
  return length;
}

/** A line that was cut ("…") may end in the first characters of the secret. */
function maskCutEnd(text: string, form: string): string {
  if (!text.endsWith("…")) return text;
  const line = text.slice(0, -1);
  for (let length = Math.min(form.length, line.length); length > 1; length -= 1)
    if (line.toLowerCase().endsWith(form.slice(0, length).toLowerCase())) return `${line.slice(0, -length)}${MASK}…`;
  return text;
}
