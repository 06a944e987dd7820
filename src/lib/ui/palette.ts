// One palette with fixed meanings, in lists, tags and charts alike.
import { Color, environment, Icon, type Image } from "@raycast/api";

export type Meaning = "good" | "bad" | "warning" | "active" | "neutral" | "simulated";

/** Raycast's own colours: they follow the theme. */
export const COLORS: Record<Meaning, Color> = {
  good: Color.Green,
  bad: Color.Red,
  warning: Color.Orange,
  active: Color.Blue,
  neutral: Color.SecondaryText,
  simulated: Color.Purple,
};

const ICONS: Record<Meaning, Icon> = {
  good: Icon.CheckCircle,
  bad: Icon.XMarkCircle,
  warning: Icon.ExclamationMark,
  active: Icon.CircleProgress50,
  neutral: Icon.Circle,
  simulated: Icon.ComputerChip,
};

/** The icon of a meaning in its colour. */
export const icon = (meaning: Meaning, source: Icon = ICONS[meaning]): Image.ImageLike => ({
  source,
  tintColor: COLORS[meaning],
});

export interface ChartColors extends Record<Meaning, string> {
  text: string;
  faint: string;
  grid: string;
}

const LIGHT: ChartColors = {
  good: "#1f8f4e",
  bad: "#c92a2a",
  warning: "#c2620a",
  active: "#1868db",
  neutral: "#6b6b70",
  simulated: "#7a3fc4",
  text: "#1d1d1f",
  faint: "#6b6b70",
  grid: "#dcdce0",
};

const DARK: ChartColors = {
  good: "#4cc38a",
  bad: "#ff6369",
  warning: "#ffa057",
  active: "#52a9ff",
  neutral: "#9a9aa0",
  simulated: "#bf7af0",
  text: "#f0f0f2",
  faint: "#9a9aa0",
  grid: "#3a3a3f",
};

/** Pictures are drawn for one appearance: an SVG in Raycast does not follow the theme by itself. */
export const chartColors = (): ChartColors => (environment.appearance === "light" ? LIGHT : DARK);

/** A word in its fixed colour. */
export interface Tag {
  text: string;
  meaning: Meaning;
}
