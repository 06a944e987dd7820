// Writes the table of settings into README.md between its two marks, from the table that the program itself reads.
import { readFileSync, writeFileSync } from "node:fs";
import { settingsTable } from "../worker/core/settings/options.ts";

const file = new URL("../README.md", import.meta.url);
const [open, close] = ["<!-- settings -->", "<!-- /settings -->"];
const text = readFileSync(file, "utf8");
const [before, after] = [text.slice(0, text.indexOf(open) + open.length), text.slice(text.indexOf(close))];
writeFileSync(file, `${before}\n\n${settingsTable().join("\n")}\n\n${after}`);
