// What a Mac runs on, and whether Low Power Mode slows it down, from what `pmset` prints. Pure.
// Source: pmset(1); Macs with a High Power Mode print `powermode` (0 automatic, 1 low, 2 high), all others `lowpowermode` (0, 1).

/** null: pmset does not say. */
export interface Power {
  source: "mains" | "battery" | "ups" | null;
  lowPower: boolean | null;
}

const SOURCES = { "AC Power": "mains", "Battery Power": "battery", "UPS Power": "ups" } as const;
type SourceName = keyof typeof SOURCES;

/** @param battery text of `pmset -g batt`, @param settings of `pmset -g` or `pmset -g custom`; empty where there is no pmset */
export function readPower(battery: string, settings: string): Power {
  // The lines below the first are batteries, also those that nothing is drawn from.
  const name = /^(?:Now|Currently) drawing from '([^'\n]*)'/.exec(battery)?.[1] ?? "";
  const section = settingsInUse(settings, name);
  const mode = /^[ \t]*(?:low)?powermode[ \t]+(\d+)\b/m.exec(section)?.[1];
  return { source: SOURCES[name as SourceName] ?? null, lowPower: mode === undefined ? null : mode === "1" };
}

/** What is in use; where pmset lists profiles only, the one of what the Mac draws from; without sections, all. */
function settingsInUse(settings: string, source: string): string {
  const sections = new Map<string, string>();
  for (const part of settings.split(/^(?=\S[^\n]*:[ \t]*$)/m)) {
    const title = /^(\S[^\n]*):[ \t]*$/m.exec(part)?.[1] ?? "";
    sections.set(title, part);
  }
  return sections.get("Currently in use") ?? sections.get(source) ?? (sections.size <= 1 ? settings : "");
}

export interface PowerWarning {
  text: string;
  remedy: string;
}

/** What a measurement should not run on, for people; [] on mains power and where nothing can be told. */
export function powerWarnings({ source, lowPower }: Power): PowerWarning[] {
  const warnings: PowerWarning[] = [];
  if (source === "battery")
    warnings.push({
      text: "The Mac runs on battery: figures will be lower than on mains power.",
      remedy: "Plug the Mac in.",
    });
  if (source === "ups")
    warnings.push({
      text: "The Mac runs on the battery of a UPS: it may be cut off before a run ends.",
      remedy: "Wait until the mains power is back.",
    });
  if (lowPower === true)
    warnings.push({
      text: "Low Power Mode is on: figures will be lower than without it.",
      remedy: "Turn Low Power Mode off: System Settings > Battery (Energy on a desktop Mac).",
    });
  return warnings;
}
