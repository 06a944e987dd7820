// What kinds of value a setting can have, and how the text of each is read. Nothing is guessed: what is not plainly right is refused.
// Source: contract §3, flags of `run`.

/** A value, or what is wrong with the text: a clause that starts with the offending text and fits after "--port: ". */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string };

export interface Kind<T> {
  /** Of the value in the help, e.g. "<N>"; "" for switches. In brackets if the value may be left out. */
  placeholder: string;
  /** What is legal, as a noun phrase that fits after "give ": "a whole number from 1024 to 65535". */
  limits: string;
  /** Of the number, or of each in a list; absent where it has none or each value names it. */
  unit?: string;
  /** Read text from a flag, a variable or a scalar of the file. */
  parse(text: string): Parsed<T>;
  /** Read a list of the file; absent where a list is wrong. */
  parseElements?(elements: string[]): Parsed<T>;
}

/** Digits only: no sign, exponent, hex, fraction, or separator. @param unit after the number in the limits, e.g. "seconds" */
export function wholeNumber(least: number, most: number, unit = ""): Kind<number> {
  const limits = `a whole number ${unit === "" ? "" : `of ${unit} `}from ${least} to ${most}`;
  const parse = (text: string) => readNumber(text, /^\d+$/, "a whole number", least, most);
  return { placeholder: "<N>", limits, parse, ...(unit === "" ? {} : { unit }) };
}

/** Decimal digits with or without a fraction, e.g. 0.10. */
export function decimalNumber(least: number, most: number): Kind<number> {
  return {
    placeholder: "<F>",
    limits: `a number from ${least} to ${most}, e.g. 0.10`,
    parse: (text) => readNumber(text, /^\d+(\.\d+)?$/, "a plain decimal number", least, most),
  };
}

export function choice<const T extends string>(...values: T[]): Kind<T> {
  const limits = `one of ${values.join(", ")}`;
  return {
    placeholder: `<${values.join("|")}>`,
    limits,
    parse(text) {
      const value = values.find((known) => known === text.trim());
      return value === undefined ? refuse(`${quoted(text)} is not ${limits}`) : accept(value);
    },
  };
}

const YES = ["1", "true", "yes", "on"];
const NO = ["0", "false", "no", "off"];

/** On or off. As a flag it takes no value and can be negated; elsewhere it is a word in any case. */
export function onOff(): Kind<boolean> {
  return {
    placeholder: "",
    limits: `${YES.join(", ")} or ${NO.join(", ")}`,
    parse(text) {
      const word = text.trim().toLowerCase();
      if (YES.includes(word)) return accept(true);
      return NO.includes(word) ? accept(false) : refuse(`${quoted(text)} is neither on nor off`);
    },
  };
}

/** Billions of parameters from 8B, 0.5B or 350M. */
export function modelSize(): Kind<number> {
  return {
    placeholder: "<Nb>",
    limits: "a number above 0 and up to 10000B with its unit, e.g. 8B, 0.5B or 350M",
    parse(text) {
      const match = /^(\d+(?:\.\d+)?)([BM])$/i.exec(text.trim());
      if (match === null) return refuse(`${quoted(text)} is not a model size`);
      const billions = Number(match[1]) / (match[2]?.toUpperCase() === "M" ? 1000 : 1);
      return billions > 0 && billions <= 10_000 ? accept(billions) : refuse(`${quoted(text)} is out of range`);
    },
  };
}

/** A short name that is safe in file names and command lines. */
export function name(): Kind<string> {
  return {
    placeholder: "<name>",
    limits: "a name of 1 to 64 letters, digits, dots, dashes or underscores",
    parse: (text) =>
      /^[A-Za-z0-9][\w.-]{0,63}$/.test(text.trim()) ? accept(text.trim()) : refuse(`${quoted(text)} is not a name`),
  };
}

/** Which run to resume: `run` null = the last one that died. */
export type Resume = { run: string | null } | null;

/** Off, on, or on with a run's id (or its beginning); as a flag the value may be left out. */
export function resume(): Kind<Resume> {
  return {
    placeholder: "[run]",
    limits: "nothing, or a run id of 4 to 64 letters, digits and dashes",
    parse(text) {
      const word = text.trim();
      const switched = onOff().parse(word);
      if (switched.ok) return accept(switched.value ? { run: null } : null);
      return /^[A-Za-z0-9][A-Za-z0-9-]{3,63}$/.test(word)
        ? accept({ run: word })
        : refuse(`${quoted(text)} is not a run id`);
    },
  };
}

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refuse(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

/** Show text in a message: in quotes, control characters escaped, at most 80 characters of it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** True if the text holds a character that no id or path needs: C0, DEL, C1, line and paragraph separators. */
export function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\u2028\u2029]/u.test(text);
}

function readNumber(text: string, shape: RegExp, what: string, least: number, most: number): Parsed<number> {
  const digits = text.trim();
  if (!shape.test(digits)) return refuse(`${quoted(text)} is not ${what}`);
  const value = Number(digits);
  if (value < least) return refuse(`${quoted(digits)} is below ${least}`);
  return value > most ? refuse(`${quoted(digits)} is above ${most}`) : accept(value);
}
