// XML property lists for tests, written from plain values.

export function plistText(values: Record<string, unknown>): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${element(values)}
</plist>
`;
}

function element(value: unknown): string {
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (typeof value === "number") return `<integer>${value}</integer>`;
  if (typeof value === "string") return `<string>${escaped(value)}</string>`;
  if (Array.isArray(value)) return `<array>${value.map(element).join("")}</array>`;
  const entries = Object.entries(value as Record<string, unknown>);
  return `<dict>${entries.map(([key, item]) => `<key>${escaped(key)}</key>${element(item)}`).join("\n")}</dict>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
