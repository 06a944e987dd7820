// Finds secrets in what tools print: values that stand behind a name that says so, in an environment, a command line or a property list.
// Every pattern is bounded, so that a long line costs no more than its length. Source: contract §15 (no key in output);
// `ps -E` appends whole environments, and tokens are passed as options.
import { MASK } from "./mask-look.ts";

const SECRET_NAME = /token(?!s|iz)|secret|key|passw|passphrase|credential|authorization|auth$|cookie|session|dsn$/i;
/** A count of tokens, not one of them; a value that is not shown. */
const HARMLESS = /^\d{1,9}$|^\(\d+-characters\)$|^(true|false|yes|no|unset|null|none)$/i;
/** Shorter values, such as KEYTIMEOUT=1, are masked where they stand and not looked for elsewhere. */
const LEAST_SECRET = 8;

const PAIRS: readonly RegExp[] = [
  // "name": "value"
  /(?<![\w-])(-{0,2}[A-Za-z_][\w.-]{0,80})(["']?[ \t]{0,3}(?:=>|=|:)[ \t]{0,3}")([^"\n]{1,4096})/g,
  /(?<![\w-])(-{0,2}[A-Za-z_][\w.-]{0,80})(["']?[ \t]{0,3}(?:=>|=|:)[ \t]{0,3}')([^'\n]{1,4096})/g,
  // name: value to the end of the line
  /(?<![\w-])(-{0,2}[A-Za-z_][\w.-]{0,80})(:[ \t]{1,3})([^\s"'][^\n]{0,4095})/g,
  // NAME=value, NAME => value
  /(?<![\w-])(-{0,2}[A-Za-z_][\w.-]{0,80})([ \t]{0,3}(?:=>|=)[ \t]{0,3}|:)([^\s"'<>,;]{1,4096})/g,
  // --api-key value
  /(?<![\w-])(--?[A-Za-z][\w-]{0,80})([ \t]{1,3}["']?)([^\s"'<>,;-][^\s"'<>,;]{0,4095})/g,
  // <key>HF_TOKEN</key> <string>value</string>
  /<key>([^<]{1,120})(<\/key>\s{0,200}<string>)([^<]{1,4096})/g,
];

/** Values that look like secrets by the name before them and are long enough to be looked for elsewhere, each once. */
export function secretsIn(text: string): string[] {
  const found = PAIRS.flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap(([, name = "", , value = ""]) => (isSecret(name, value) ? [value] : [])),
  );
  return [...new Set(found)].filter(isWorthSeeking);
}

/** Values of variables whose names say that they are secret. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  const values = Object.entries(env).map(([name, value]) => (isSecret(name, value ?? "") ? (value ?? "") : ""));
  return [...new Set(values)].filter(isWorthSeeking);
}

/** A path is named like a secret where it only leads to one. */
const isWorthSeeking = (value: string): boolean => value.length >= LEAST_SECRET && !/^[/~]/.test(value);

const isSecret = (name: string, value: string): boolean => SECRET_NAME.test(name) && !HARMLESS.test(value);

/** Mask values by the name before them, and tokens of known makers anywhere. */
export function maskPlanted(text: string): string {
  const unmade = MAKERS.reduce((shown, pattern) => shown.replace(pattern, MASK), text);
  return PAIRS.reduce(
    (shown, pattern) =>
      shown.replace(pattern, (all: string, name: string, between: string, value: string) =>
        isSecret(name, value) ? `${prefixOf(all, name)}${name}${between}${MASK}` : all,
      ),
    unmade,
  );
}

/** What stands before the name in a match: "<key>" of a property list. */
const prefixOf = (all: string, name: string): string => all.slice(0, all.indexOf(name));

const MAKERS: readonly RegExp[] = [
  /(?<!\w)(?:hf_|sk-|sk_|gh[pousr]_|glpat-|npm_|r8_|gsk_|xai-|pk_)[A-Za-z0-9_-]{8,512}/g,
  /(?<!\w)github_pat_\w{8,512}/g,
  /(?<!\w)xox[abeprs]-[\w-]{8,512}/g,
  /(?<!\w)(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)/g,
  /(?<!\w)AIza[\w-]{30,64}/g,
  /(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{4,8192}(?:\.[\w-]{0,4096})?/g,
  /(?<=\b(?:Bearer|Basic)\s)[\w.~+/=-]{8,4096}/gi,
  /(?<=:\/\/)[^\s/@]{1,512}(?=@)/g,
];
