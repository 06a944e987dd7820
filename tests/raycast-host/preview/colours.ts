// Raycast's colours in its light and dark theme, close to what the app shows.
import { textOf } from "../find.ts";

export type Appearance = "light" | "dark";

const PALETTE: Record<string, Record<Appearance, string>> = {
  "raycast-blue": { light: "#0a7bdc", dark: "#56c2ff" },
  "raycast-green": { light: "#067a54", dark: "#59d499" },
  "raycast-magenta": { light: "#b3117c", dark: "#ff6fc4" },
  "raycast-orange": { light: "#b8570a", dark: "#ff9f45" },
  "raycast-purple": { light: "#7a35cf", dark: "#c28bff" },
  "raycast-red": { light: "#c62929", dark: "#ff6363" },
  "raycast-yellow": { light: "#a67900", dark: "#ffc531" },
  "raycast-primary-text": { light: "#1c1c1f", dark: "#f4f4f6" },
  "raycast-secondary-text": { light: "#6f6f76", dark: "#9c9ca3" },
};

/** A colour of the API (name, raw or by appearance) as CSS; undefined where none is given. */
export function css(colour: unknown, appearance: Appearance): string | undefined {
  if (colour === undefined || colour === null) return undefined;
  if (typeof colour === "object" && appearance in colour)
    return css((colour as Record<Appearance, unknown>)[appearance], appearance);
  const name = textOf(colour);
  return PALETTE[name]?.[appearance] ?? name;
}
