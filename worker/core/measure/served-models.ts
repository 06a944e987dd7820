// What GET /v1/models tells: the ids in it, and whether one of them is the model that was asked for.
// Source: contract §4 (macprovider: 200 means loaded), §12 (answers with the new model).
import * as z from "zod";
import { lastSegment } from "../text/last-segment.ts";

const listSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** @returns the ids; [] for an answer of another shape */
export function servedModels(body: string): string[] {
  try {
    return listSchema.parse(JSON.parse(body)).data.map(({ id }) => id);
  } catch {
    return []; // a proxy's page, a half answer: no model is listed
  }
}

/** Servers list a local folder by its path or by its name. */
export function isServedModel(id: string, model: string): boolean {
  if (id === model) return true;
  return /^[/~.]/.test(model) && lastSegment(id) === lastSegment(model);
}
