// The schema that this program reads and writes; the number stands in PRAGMA user_version.
import { figureSchemas } from "../measure/figure-lists.ts";

/** Grows with every step of store/schema/migrations.ts, which checks that both agree. */
const LAST_STEP = 9;

/** Of the last step, or of a figure that came after it. */
export const SCHEMA_VERSION = Math.max(LAST_STEP, ...figureSchemas());
