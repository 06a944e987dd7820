// An SVG as a picture in Raycast's markdown. Its alt text ends with a mark of the content: with the same alt text the old picture
// stays, and with a new one for the same picture it would flicker. Source: DESIGN (charts in Raycast).
import { picture, type Markdown } from "../../../worker/core/text/markdown.ts";

/** @param name what it shows, for people who do not see it. @param width px */
export function markdownPicture(name: string, svg: string, width: number): Markdown {
  const data = Buffer.from(svg, "utf8").toString("base64");
  return picture(`${name} (${markOf(svg)})`, `data:image/svg+xml;base64,${data}?raycast-width=${width}`);
}

/** FNV-1a, 32 bits: only tells frames apart. */
function markOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36);
}
