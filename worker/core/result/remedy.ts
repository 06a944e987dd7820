// Remedies as other programs read them. Source: contract §3 (a failure's remedies are data).
import * as z from "zod";
import { LIFTED, NAMED_ANEW, type Remedy } from "../errors.ts";

export const remedySchema: z.ZodType<Remedy> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("flag"), flag: z.string(), lifts: z.enum(LIFTED) }),
  z.object({ kind: z.literal("setting"), setting: z.enum(NAMED_ANEW), value: z.string().optional() }),
  z.object({ kind: z.literal("update") }),
  z.object({ kind: z.literal("command"), command: z.string() }),
  z.object({ kind: z.literal("look-again") }),
]);
