// Text of others without what acts on a reader's screen instead of being shown.

/** C0 and C1 without tab and line feed, and what turns the direction of text around. */
const CONTROLS = /[^\P{Cc}\t\n]|[\u202A-\u202E\u2066-\u2069]/gu;

/** Each character that controls the screen becomes U+FFFD; tabs and line feeds stay, a carriage return before a line feed goes. */
export const visible = (text: string): string => text.replaceAll("\r\n", "\n").replace(CONTROLS, "\uFFFD");
