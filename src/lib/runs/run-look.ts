// How charts are drawn in this window: colours by its appearance, width by where they stand. Source: DESIGN (charts in Raycast).
import { chartColors } from "../ui/palette.ts";
import type { Look } from "../charts/rows.ts";

/** px beside a list, and in a page with facts at its right. */
const WIDTHS = { list: 400, page: 460 };

export const chartLook = (place: keyof typeof WIDTHS, simulated: boolean): Look => ({
  width: WIDTHS[place],
  ink: chartColors(),
  simulated,
});
