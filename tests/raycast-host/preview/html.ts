// Text into markup: everything that a view says is escaped here.

const SPECIAL: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => SPECIAL[letter] ?? letter);
}

/** An element; `content` is markup already. Attributes that are undefined are left out. */
export function element(tag: string, attributes: Record<string, string | undefined>, content = ""): string {
  const written = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [` ${name}="${escaped(value)}"`],
  );
  return `<${tag}${written.join("")}>${content}</${tag}>`;
}

export const div = (name: string, content: string, style?: string) => element("div", { class: name, style }, content);
export const span = (name: string, content: string, style?: string) => element("span", { class: name, style }, content);
