// Simple drawings for Raycast's icons, by their name in the API without the size. Unknown ones become a neutral dot.

const RING = '<circle cx="8" cy="8" r="6"/>';
const PAGE = '<path d="M4 2h5l3 3v9H4zM9 2v3h3"/>';
const BOX = '<rect x="2.5" y="3" width="11" height="10" rx="2"/>';
const progress = (end: string, large = 0) =>
  `${RING}<path d="M8 8V4.2A3.8 3.8 0 ${large} 1 ${end}z" fill="currentColor" stroke="none"/>`;
const CLOCKWISE = '<path d="M13 8a5 5 0 1 1-1.6-3.7L13 6M13 2.5V6H9.5"/>';

/** Content of a 16 x 16 picture, drawn in lines of the current colour. */
const GLYPHS: Record<string, string> = {
  "app-window": `${BOX}<path d="M2.5 6h11"/>`,
  "app-window-list": `${BOX}<path d="M2.5 6h11M5 8.5h6M5 10.7h4"/>`,
  "app-window-sidebar-right": `${BOX}<path d="M10 3v10"/>`,
  "arrow-clockwise": CLOCKWISE,
  "arrow-counter-clockwise": `<g transform="matrix(-1 0 0 1 16 0)">${CLOCKWISE}</g>`,
  "arrow-down": '<path d="M8 3v10M4 9l4 4 4-4"/>',
  "arrow-right": '<path d="M3 8h10M9 4l4 4-4 4"/>',
  "arrow-up": '<path d="M8 13V3M4 7l4-4 4 4"/>',
  "bar-chart": '<path d="M3 13V9M8 13V3M13 13V6"/>',
  bell: '<path d="M4 11V7a4 4 0 0 1 8 0v4l1 1H3zM7 14h2"/>',
  bolt: '<path d="M9 2 4 9h3.5L7 14l5-7H8.5z"/>',
  book: '<path d="M3 3h4a1 1 0 0 1 1 1v9a1 1 0 0 0-1-1H3zM13 3H9a1 1 0 0 0-1 1v9a1 1 0 0 1 1-1h4z"/>',
  bug: '<circle cx="8" cy="9" r="3.5"/><path d="M8 5.5V13M2.5 9h2M11.5 9h2M4 4l1.5 1.8M12 4l-1.5 1.8M4 14l1.5-1.8M12 14l-1.5-1.8"/>',
  calendar: `${BOX}<path d="M2.5 6.5h11M5.5 2v2M10.5 2v2"/>`,
  "arrow-up-circle": `${RING}<path d="M8 11V5.2M5.5 7.5 8 5l2.5 2.5"/>`,
  "bullet-points":
    '<path d="M6 4.5h7.5M6 11.5h7.5"/><circle cx="3.2" cy="4.5" r="1"/><circle cx="3.2" cy="11.5" r="1"/>',
  hourglass:
    '<path d="M4 2.5h8M4 13.500h8M5 2.500c0 3 3 4 3 5.500S5 10.5 5 13.500M11 2.500c0 3-3 4-3 5.500s3 2.5 3 5.5"/>',
  text: '<path d="M3 4h10M3 8h10M3 12h6"/>',
  check: '<path d="m3 8.5 3.2 3.2L13 5"/>',
  "check-circle": `${RING}<path d="m5.2 8.2 2 2L11 6.2"/>`,
  checkmark: '<path d="m3 8.5 3.2 3.2L13 5"/>',
  "chevron-right": '<path d="m6 4 4 4-4 4"/>',
  circle: RING,
  "circle-filled": '<circle cx="8" cy="8" r="6" fill="currentColor"/>',
  "circle-progress": progress("8 11.8"),
  "circle-progress-25": progress("11.8 8"),
  "circle-progress-50": progress("8 11.8"),
  "circle-progress-75": progress("4.2 8", 1),
  "circle-progress-100": `${RING}<circle cx="8" cy="8" r="3.8" fill="currentColor" stroke="none"/>`,
  clock: `${RING}<path d="M8 4.5V8l2.5 1.5"/>`,
  code: '<path d="M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5"/>',
  "code-block": `${BOX}<path d="M6.5 6 4.8 8l1.7 2M9.5 6l1.7 2-1.7 2"/>`,
  cog: `<circle cx="8" cy="8" r="2"/><path d="M8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.8l1.4 1.4M10.8 10.8l1.4 1.4M12.2 3.8l-1.4 1.4M5.2 10.8l-1.4 1.4"/>`,
  "computer-chip":
    '<rect x="4" y="4" width="8" height="8" rx="1"/><path d="M6.5 6.5h3v3h-3zM6 2v2M10 2v2M6 12v2M10 12v2M2 6h2M2 10h2M12 6h2M12 10h2"/>',
  "copy-clipboard": '<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M3 10.5v-7a1 1 0 0 1 1-1h6.5"/>',
  document: PAGE,
  dot: '<circle cx="8" cy="8" r="2.5" fill="currentColor"/>',
  download: '<path d="M8 2.5v7M5 7l3 3 3-3M3 13.5h10"/>',
  eraser: '<path d="m6 13-3.5-3.5 6-6 4.5 4.5-5 5zM5.5 7l4 4M6 13h7"/>',
  "exclamation-mark": '<path d="M8 3v6.500M8 12.500v.2"/>',
  eye: '<path d="M1.8 8S4 4 8 4s6.2 4 6.2 4S12 12 8 12 1.8 8 1.8 8z"/><circle cx="8" cy="8" r="1.8"/>',
  "eye-disabled": '<path d="M1.8 8S4 4 8 4s6.2 4 6.2 4S12 12 8 12 1.8 8 1.8 8zM3 13 13 3"/>',
  filter: '<path d="M2.5 4.500h11M4.5 8h7M6.5 11.500h3"/>',
  finder: `${BOX}<path d="M8.5 3C7 6 7 8 7 8.500h1.800L9 13M5.3 6v1M10.7 6v1M5 10.200c2 1.3 4 1.3 6 0"/>`,
  folder: '<path d="M2 4.500A1 1 0 0 1 3 3.500h3l1.5 1.800H13a1 1 0 0 1 1 1V12a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1z"/>',
  gauge: '<path d="M2.5 11.500a6 6 0 1 1 11 0M8 9.500l2.8-3.3"/><circle cx="8" cy="10" r="1" fill="currentColor"/>',
  globe: `${RING}<path d="M2 8h12M8 2c2.5 2.5 2.5 9.5 0 12M8 2c-2.5 2.5-2.5 9.5 0 12"/>`,
  hammer: '<path d="M3 4.5 5.5 2 10 3.5 12 7l-2 1-2-2-5.5 7L1.5 11.5 7 6z" transform="translate(1 1)"/>',
  "hard-drive": '<path d="M3.5 3.500h9l1.5 6v3H2v-3zM2 9.500h12M11 11h1"/>',
  hashtag: '<path d="M6 2.5 5 13.500M11 2.5 10 13.500M3 6h10.500M2.5 10H13"/>',
  heartbeat: '<path d="M1.5 8.500H5L6.5 4l3 8L11 8.500h3.5"/>',
  info: `${RING}<path d="M8 7.500V11M8 5v.2"/>`,
  key: '<circle cx="5.5" cy="10.5" r="3"/><path d="m7.7 8.3 5.3-5.300M11 5l2 2"/>',
  layers: '<path d="m8 2.5 6 3-6 3-6-3zM2 8.500l6 3 6-3M2 11l6 3 6-3"/>',
  "line-chart": '<path d="M2.5 2.500v11h11M5 10l2.5-3.500L10 8.500l3-4.5"/>',
  link: '<path d="M6.5 9.5 9.5 6.500M7 5l1.5-1.500a2.7 2.7 0 0 1 4 4L11 9M5 7 3.5 8.500a2.7 2.7 0 0 0 4 4L9 11"/>',
  list: '<path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.2M2.5 8h.2M2.5 12h.2"/>',
  lock: '<rect x="3.5" y="7" width="9" height="6.5" rx="1.5"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>',
  "magnifying-glass": '<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3 3"/>',
  "memory-chip":
    '<rect x="2" y="4.5" width="12" height="6" rx="1"/><path d="M5 6.500v2M8 6.500v2M11 6.500v2M4 10.500v2M8 10.500v2M12 10.500v2"/>',
  "memory-stick":
    '<rect x="2" y="4.5" width="12" height="6" rx="1"/><path d="M5 6.500v2M8 6.500v2M11 6.500v2M4 10.500v2M8 10.500v2M12 10.500v2"/>',
  minus: '<path d="M3 8h10"/>',
  "minus-circle": `${RING}<path d="M5.2 8h5.6"/>`,
  pause: '<path d="M5.5 3.500v9M10.5 3.500v9"/>',
  pencil: '<path d="m3 13 .7-3L11 2.700l2.3 2.300L6 12.300z"/>',
  person: '<circle cx="8" cy="5" r="2.7"/><path d="M3 13.500c.5-3 2.5-4.3 5-4.300s4.5 1.3 5 4.3"/>',
  play: '<path d="m5 3 8 5-8 5z"/>',
  plus: '<path d="M8 3v10M3 8h10"/>',
  "plus-circle": `${RING}<path d="M8 5.200v5.600M5.2 8h5.6"/>`,
  power: '<path d="M8 2.500V8M4.7 4.500a5 5 0 1 0 6.6 0"/>',
  "question-mark": '<path d="M5.5 5.500a2.5 2.5 0 1 1 3.6 2.300C8.3 8.2 8 8.7 8 9.500M8 12.300v.2"/>',
  "question-mark-circle": `${RING}<path d="M6.3 6.500a1.7 1.7 0 1 1 2.4 1.600c-.5.3-.7.5-.7 1.100M8 11v.2"/>`,
  repeat: '<path d="M3 7V6a2 2 0 0 1 2-2h8M10.5 1.5 13 4l-2.5 2.500M13 9v1a2 2 0 0 1-2 2H3M5.5 14.5 3 12l2.5-2.5"/>',
  rocket:
    '<path d="M9.5 2.500c2-1 4-1 4-1s0 2-1 4L8 10 6 8zM6 8 3 8.5 5 6h2.500M8 10l-.5 3L10 11V8.500M4.5 11.5 3 13"/>',
  "rotate-anti-clockwise": `<g transform="matrix(-1 0 0 1 16 0)">${CLOCKWISE}</g>`,
  "rotate-clockwise": CLOCKWISE,
  "save-document": `${PAGE}<path d="M8 7v4M6.2 9.3 8 11l1.8-1.7"/>`,
  shield: '<path d="M8 2 3 4v4c0 3 2.2 5 5 6 2.8-1 5-3 5-6V4z"/>',
  star: '<path d="m8 2 1.8 3.9 4.2.5-3.1 2.9.8 4.200L8 11.400l-3.7 2.1.8-4.200L2 6.400l4.2-.5z"/>',
  stars: '<path d="M6.5 3 8 7l4 1.500L8 10l-1.5 4L5 10 1 8.5 5 7zM12 2v3M10.5 3.500h3"/>',
  stop: '<rect x="3.5" y="3.5" width="9" height="9" rx="1.5"/>',
  "stop-filled": '<rect x="3.5" y="3.5" width="9" height="9" rx="1.5" fill="currentColor"/>',
  stopwatch: '<circle cx="8" cy="9" r="5"/><path d="M8 6.500V9l1.5 1M6.5 2h3"/>',
  switch: '<path d="M3 5.500h9M9.5 3 12 5.5 9.5 8M13 10.500H4M6.5 8 4 10.5 6.5 13"/>',
  tag: '<path d="M2.5 2.500H8l5.5 5.500L8 13.5 2.5 8z"/><path d="M5.3 5.300v.1"/>',
  temperature: '<path d="M6.5 9.500v-6a1.5 1.5 0 0 1 3 0v6a2.7 2.7 0 1 1-3 0z"/>',
  terminal: `${BOX}<path d="m5 6 2 2-2 2M8.5 10.500H11"/>`,
  "text-document": `${PAGE}<path d="M6 8h4M6 10.500h4"/>`,
  trash: '<path d="M2.5 4.500h11M6 4.500v-2h4v2M4 4.500l.7 9h6.600l.7-9M6.7 7v4M9.3 7v4"/>',
  undo: '<path d="M3 6.500h6.500a3.5 3.5 0 0 1 0 7H6M5.5 4 3 6.5 5.5 9"/>',
  upload: '<path d="M8 10.500v-7M5 6l3-3 3 3M3 13.500h10"/>',
  wand: '<path d="m2.5 13.5 7-7M10.5 2v2.500M13.5 5H11M12.7 2.800l-1.5 1.5"/>',
  warning: '<path d="M8 2.5 14 13H2zM8 6.500v3M8 11.200v.2"/>',
  weights: '<path d="M5.5 8h5M2 6.500v3M4 4.500v7M12 4.500v7M14 6.500v3"/>',
  "wrench-screwdriver": '<path d="m3 13 5-5M13 5a3 3 0 0 1-4 3L5 4.5 4 2.500l-1.5 1 1 1.800L7 8.500M13 13l-3.5-3.5"/>',
  "x-mark-circle": `${RING}<path d="m6 6 4 4M10 6l-4 4"/>`,
  xmark: '<path d="m4 4 8 8M12 4l-8 8"/>',
};

GLYPHS["blank-document"] = GLYPHS["document"] ?? "";
GLYPHS["important-01"] = GLYPHS["exclamation-mark"] ?? "";
GLYPHS["gear"] = GLYPHS["cog"] ?? "";
GLYPHS["clipboard"] = GLYPHS["copy-clipboard"] ?? "";
GLYPHS["x-mark-circle-filled"] = GLYPHS["x-mark-circle"] ?? "";

/** The glyph as an SVG that takes the colour of its surroundings. */
export function glyph(name: string): string {
  const drawn = GLYPHS[name] ?? '<circle cx="8" cy="8" r="2.5" fill="currentColor"/>';
  return `<svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">${drawn}</svg>`;
}
