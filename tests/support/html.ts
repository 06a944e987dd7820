// Reads pages that this program wrote: what a reader sees, which attributes there are, and the shapes of a chart.

const ENTITIES: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&#x27;": "'",
};

export function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|#x27);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** Text of the body without markup and styles, white space as one space. */
export function visibleText(page: string): string {
  const body = page.slice(page.indexOf("<body")).replace(/<style.*?<\/style>/gs, "");
  return unescaped(body.replace(/<[^>]*>/g, "")).replace(/\s+/g, " ");
}

/** Texts of all elements of a name and class. */
export function textIn(page: string, element: string, className: string): string[] {
  const found = page.matchAll(new RegExp(`<${element} class="[^"]*\\b${className}\\b[^"]*">(.*?)</${element}>`, "gs"));
  return [...found].map((match) => unescaped((match[1] ?? "").replace(/<[^>]*>/g, "")));
}

/** Names of all attributes of all elements, lowercase. */
export function attributesOf(page: string): string[] {
  const tags = page.match(/<[a-z][^>]*>/gi) ?? [];
  return tags.flatMap((tag) =>
    [...tag.replace(/"[^"]*"/g, '""').matchAll(/\s([\w:-]+)=/g)].map((match) => (match[1] ?? "").toLowerCase()),
  );
}

/** A drawn shape with the number that it says it shows, and how far it reaches in x, px. */
export interface Shape {
  name: string;
  value: number;
  left: number;
  right: number;
}

/** The shapes of one series of a chart, in the order of their data. */
export function shapes(page: string, chart: string, series: number): Shape[] {
  const figure = page.split(`data-chart="${chart}"`)[1]?.split("</figure>")[0] ?? "";
  const pattern = new RegExp(
    `<path d="([^"]*)"[^>]*data-series="${series}" data-name="([^"]*)" data-value="([^"]*)"`,
    "g",
  );
  return [...figure.matchAll(pattern)].map(([, d = "", name = "", value = ""]) => {
    const xs = xsOf(d);
    return { name: unescaped(name), value: Number(value), left: Math.min(...xs), right: Math.max(...xs) };
  });
}

/** Absolute x of every point of a path of M, L, H, V, A and C, in either case. */
function xsOf(d: string): number[] {
  const xs: number[] = [];
  let x = 0;
  for (const [, command = "", rest = ""] of d.matchAll(/([a-z])([^a-z]*)/gi)) {
    const numbers = (rest.match(/-?\d+(?:\.\d+)?(?:e-?\d+)?/gi) ?? []).map(Number);
    const step = { h: 1, v: 0, a: 7, c: 6 }[command.toLowerCase()] ?? 2;
    const place = { h: 0, a: 5, c: 4 }[command.toLowerCase()] ?? 0;
    for (let at = 0; step > 0 && at < numbers.length; at += step) {
      const value = numbers[at + place] ?? 0;
      x = command === command.toLowerCase() ? x + value : value;
      xs.push(x);
    }
  }
  return xs;
}
