// The worker's remedies in Raycast's words: a flag of a terminal is a preference here. Pure. Source: contract §3 (remedies as data), §14.
import type { Remedy } from "../../../worker/core/errors.ts";

type Setting = Extract<Remedy, { kind: "setting" }>;

const PREFERENCES: Record<Setting["setting"], string> = {
  "db-path": "Change Database in the extension's preferences.",
  "provider-bin": "Install it, or name it as Provider Program in the extension's preferences.",
};

const isSetting = (remedy: Remedy): remedy is Setting => remedy.kind === "setting";

/** True where the extension's preferences are the way. */
export const namesPreference = (remedies: readonly Remedy[]): boolean => remedies.some(isSetting);

/** @returns null where no preference is named: then the worker's own sentence fits */
export function remedyHere(remedies: readonly Remedy[]): string | null {
  if (!namesPreference(remedies)) return null;
  const update = remedies.some(({ kind }) => kind === "update") ? ["Update the extension."] : [];
  return [...update, ...remedies.filter(isSetting).map(settingText)].join(" ");
}

const settingText = ({ setting, value }: Setting): string =>
  value === undefined ? PREFERENCES[setting] : `Choose ${value} in the extension's preferences.`;
