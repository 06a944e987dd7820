// Writes the table of rooms into ARCHITECTURE.md between its two marks, from the list that the linter reads.
import { readFileSync, writeFileSync } from "node:fs";
import { ROOMS } from "./rooms.mjs";

const file = new URL("../ARCHITECTURE.md", import.meta.url);
const [open, close] = ["<!-- rooms -->", "<!-- /rooms -->"];
const text = readFileSync(file, "utf8");
const [before, after] = [text.slice(0, text.indexOf(open) + open.length), text.slice(text.indexOf(close))];
const rows = ROOMS.map(([room, what]) => `| [${room}](${room}) | ${what} |`);
writeFileSync(file, `${before}\n\n| room | holds |\n| --- | --- |\n${rows.join("\n")}\n\n${after}`);
