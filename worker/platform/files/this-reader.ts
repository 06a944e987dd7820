// This very process as macOS' privacy sees it.
import type { Reader } from "../../core/machine/privacy.ts";

export const thisReader = (): Reader => ({ platform: process.platform, env: process.env, program: process.execPath });
