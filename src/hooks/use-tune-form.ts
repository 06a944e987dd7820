// The state of Find Best Recipe's form: every change is checked and remembered at once, so that nothing typed is ever lost.
import { useMemo, useRef, useState } from "react";
import { showFailure } from "../lib/ui/failure-toast.ts";
import { flagsOf } from "../lib/tune/tune-flags.ts";
import { infoOf, labelOf, placeholderOf, problemsOf, type TuneProblems } from "../lib/tune/tune-form-checks.ts";
import { rememberValues } from "../lib/tune/tune-form-memory.ts";
import { ADVANCED_FIELDS, isUsed, type TuneField, type TuneValues } from "../lib/tune/tune-form.ts";

/** Fields that hold text. */
export type TextField = {
  [K in TuneField]: TuneValues[K] extends string ? (string extends TuneValues[K] ? K : never) : never;
}[TuneField];

export interface TuneFormState {
  values: TuneValues;
  problems: TuneProblems;
  flags: string[];
  /** Change one field. */
  set: <K extends keyof TuneValues>(field: K, value: TuneValues[K]) => void;
  /** Change all fields: a preset, the defaults. @returns what puts back all that was there */
  replace: (values: TuneValues) => () => void;
  /** Whether a field is shown now. */
  shows: (field: TuneField) => boolean;
  /** Props of a text field. */
  text: (field: TextField) => TextProps;
}

interface TextProps {
  id: string;
  title: string;
  value: string;
  onChange: (value: string) => void;
  info: string;
  placeholder: string;
  error?: string;
}

export function useTuneForm(initial: TuneValues): TuneFormState {
  const [values, setValues] = useState(initial);
  const problems = useMemo(() => problemsOf(values), [values]);
  const flags = useMemo(() => flagsOf(values), [values]);
  // Two changes may come before the next paint.
  const latest = useRef(initial);
  const put = (next: TuneValues) => {
    latest.current = next;
    setValues(next);
    rememberValues(next).catch((error: unknown) => showFailure("The form is not remembered", error));
  };
  const replace: TuneFormState["replace"] = (next) => {
    const before = latest.current;
    put(next);
    return () => put(before);
  };
  const set: TuneFormState["set"] = (field, value) => {
    if (latest.current[field] !== value) put({ ...latest.current, [field]: value });
  };
  const shows = (field: TuneField) =>
    isUsed(field, values) && (values.advanced || !ADVANCED_FIELDS.some((one) => one === field));
  const text = (field: TextField): TextProps => {
    const problem = problems[field];
    return {
      ...{ id: field, title: labelOf(field), value: values[field] },
      onChange: (value) => set(field, value),
      ...{ info: infoOf(field), placeholder: placeholderOf(field) },
      ...(problem === undefined ? {} : { error: problem }),
    };
  };
  return { values, problems, flags, set, replace, shows, text };
}
