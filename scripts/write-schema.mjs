// Writes docs/result.schema.json from the schema the program itself checks with.
import { writeFileSync } from "node:fs";
import { resultJsonSchema } from "../worker/core/result/recipe.ts";

writeFileSync(
  new URL("../docs/result.schema.json", import.meta.url),
  `${JSON.stringify(resultJsonSchema(), null, 2)}\n`,
);
