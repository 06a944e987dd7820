// The figures' part of the result's schema, as the table has them. A figure that came with a later schema may be missing in a document:
// older versions wrote none. Source: contract §10 (keys are fixed, more may be added).
import * as z from "zod";
import { comparedFigures, figuresOf, type ComparedKey, type RecipeValues } from "../measure/figure-lists.ts";

type RecipeShape = {
  [K in keyof RecipeValues]-?: object extends Pick<RecipeValues, K>
    ? z.ZodOptional<z.ZodType<number | null>>
    : z.ZodType<RecipeValues[K]>;
};

export function recipeShape(): RecipeShape {
  const shape = figuresOf("recipe").map(({ recipe, schema }) => {
    const value = recipe.nullable ? z.number().positive().nullable() : z.number().positive();
    return [recipe.key, schema === undefined ? value : value.optional()];
  });
  return Object.fromEntries(shape) as RecipeShape;
}

/** @param change of one figure between two runs */
export function comparedShape<T extends z.ZodType>(change: T): Record<ComparedKey, T> {
  const shape = comparedFigures().map(({ key, schema }) => [key, schema === undefined ? change : change.optional()]);
  return Object.fromEntries(shape) as Record<ComparedKey, T>;
}
