// What is wrong, or useless, between settings that are each legal alone.
// Source: contract §3 (axes, size flags, --restart-foreground) and §16.15, 18.
import { SIMULATED } from "../../providers/index.ts";
import { OWN_SETTINGS, readersOf } from "../search/methods.ts";
import { capsBelow } from "./axes.ts";
import { sizeText } from "./candidates.ts";
import type { SettingName, SettingValues } from "./options.ts";

export type Source = "flag" | "environment" | "file" | "default";

export interface Settled {
  values: SettingValues;
  sources: Record<SettingName, Source>;
  /** How the user wrote a setting, or "--name (default)". */
  where: Record<SettingName, string>;
}

/** Values that are legal alone but not together. @param sound false if one of the names was refused anyway */
export function contradictions({ values, where }: Settled, sound: (names: SettingName[]) => boolean): string[] {
  const lines: string[] = [];
  const target = values["target-context"];
  const low = capsBelow(values["max-context-axis"], target);
  if (low.length > 0 && sound(["target-context", "max-context-axis"]))
    lines.push(
      `${where["max-context-axis"]}: ${low.join(", ")} is below the target context of ${target} (${where["target-context"]}); ` +
        `give caps of ${target} or more, or a smaller --target-context`,
    );
  const { "max-model-size": max, "min-model-size": min } = values;
  if (max !== null && min !== null && min > max && sound(["max-model-size", "min-model-size"]))
    lines.push(
      `${where["min-model-size"]}: ${sizeText(min)} is above the ${sizeText(max)} of ${where["max-model-size"]}; give at most ${sizeText(max)}`,
    );
  if (values["restart-foreground"] && !values.drain && sound(["restart-foreground", "drain"]))
    lines.push(`${where["restart-foreground"]}: nothing is drained without --drain; add --drain, or leave it out`);
  const models = values["candidate-models"] ?? [];
  const twice = models.find((id, index) => models.indexOf(id) !== index);
  if (twice !== undefined) lines.push(`${where["candidate-models"]}: ${twice} is there twice; name it once`);
  return lines;
}

/** Settings that the user gave for nothing, a sentence each. */
export function warnings({ values, sources, where }: Settled): string[] {
  const ignored = (name: SettingName, why: string) =>
    sources[name] === "default" ? [] : [`${where[name]} is ignored: ${why}`];
  const listed = `${where["candidate-models"]} names the models`;
  const profileRead = values.provider === SIMULATED || values.provider === "auto";
  return [
    ...(values["candidate-models"] === null
      ? []
      : [...ignored("max-model-size", listed), ...ignored("min-model-size", listed)]),
    ...OWN_SETTINGS.filter((name) => !readersOf(name).includes(values.method)).flatMap((name) =>
      ignored(name as SettingName, `only --method ${readersOf(name).join(" or ")} reads it`),
    ),
    ...(profileRead ? [] : ignored("simulated-profile", "only --provider simulated reads it")),
  ];
}
