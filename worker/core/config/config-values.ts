// The keys of a provider's config that a recipe owns, and how their values are written as YAML.
// Every other key belongs to the user.
import { AutotuneError } from "../errors.ts";
import { type KnobKey, KNOB_ROWS } from "../knobs.ts";

export type OwnedKey = "model" | KnobKey;

const FIRST: readonly OwnedKey[] = ["model", "kv_bits", "max_context_override"];

/** In the order in which they are edited and, where missing, added. Which of them a server's config holds, its description says. */
export const OWNED_KEYS: readonly OwnedKey[] = [
  ...FIRST,
  ...KNOB_ROWS.map(([key]) => key).filter((key) => !FIRST.includes(key)),
];

/** null = the key is absent (or present without a value, which means the same). */
export type ConfigValue = string | number | null;
export type ConfigChanges = Partial<Record<OwnedKey, ConfigValue>>;

export type Quote = "plain" | "single" | "double";

export function isOwnedKey(key: string): key is OwnedKey {
  return (OWNED_KEYS as readonly string[]).includes(key);
}

/** The number that a plain scalar stands for in YAML 1.1 or 1.2: 8, 0x8, 10_000; null for what is none, or differs between the two (010). */
export function numberOf(scalar: string): number | null {
  const digits = scalar.replaceAll("_", "");
  if (!/^([-+]?(0|[1-9]\d*)|0x[\da-f]+)$/i.test(digits) || !/^[-+]?\d/.test(scalar)) return null;
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : null;
}

/**
 * Write a value as a one-line YAML scalar that YAML 1.1 and 1.2 parsers read alike.
 * @param quote style to keep; `plain` and `single` give way to double quotes where they cannot carry the value
 * @throws AutotuneError internal_error for a number that is no safe integer or text that is no Unicode
 */
export function scalarText(value: string | number, quote: Quote): string {
  if (typeof value === "number" ? !Number.isSafeInteger(value) : !value.isWellFormed())
    throw new AutotuneError("internal_error", "a recipe value cannot be written to a config file");
  const text = String(value);
  if (quote === "plain" && (typeof value === "number" || isPlainSafe(text))) return text;
  if (quote === "single" && !/\p{C}|[\u2028\u2029]/u.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return doubleQuoted(text);
}

// Narrower than YAML allows: no colon, no leading digit, sign or dot, none of the words that YAML 1.1 reads as bool or null.
function isPlainSafe(text: string): boolean {
  return /^[A-Za-z/][A-Za-z0-9_./@+-]*$/.test(text) && !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text);
}

// A JSON string is a YAML double-quoted scalar; what JSON leaves raw and YAML takes for a line break or refuses is escaped.
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
