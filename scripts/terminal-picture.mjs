// Draws what a program printed as an SVG of a terminal: `node scripts/terminal-picture.mjs "npm run tune" < output > picture.svg`.
import { readFileSync } from "node:fs";

const [command = ""] = process.argv.slice(2);
const lines = [`$ ${command}`, ...readFileSync(0, "utf8").trimEnd().split("\n")];
const [charWidth, lineHeight, pad, bar] = [8.4, 20, 18, 34];
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * charWidth) + 2 * pad;
const height = lines.length * lineHeight + 2 * pad + bar;
const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const colours = [
  [/^\$/, "#8ab4f8"],
  [/^SIMULATED|^Warning/, "#f6c177"],
  [/^✓|^★/, "#8bd5a0"],
  [/^✗/, "#ee99a0"],
  [/^RECOMMENDATION|^Serve it/, "#ffffff"],
];
const colourOf = (line) => colours.find(([pattern]) => pattern.test(line))?.[1] ?? "#c9d1d9";
const rows = lines.map((line, i) => {
  const y = bar + pad + (i + 0.75) * lineHeight;
  return `<text x="${pad}" y="${y}" fill="${colourOf(line)}" xml:space="preserve">${escape(line)}</text>`;
});
const dots = ["#ff5f57", "#febc2e", "#28c840"].map(
  (fill, i) => `<circle cx="${pad + i * 20}" cy="18" r="6" fill="${fill}"/>`,
);

process.stdout
  .write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Terminal: ${escape(command)}">
<rect width="100%" height="100%" rx="10" fill="#161b22"/>
${dots.join("")}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
${rows.join("\n")}
</g>
</svg>
`);
