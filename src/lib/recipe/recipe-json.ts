// The recipe as it is copied, the same from every view. Source: contract §10, §14 (copy JSON).
import type { Recommendation } from "../../../worker/core/result/recipe.ts";

/** Model, knobs and figures; not the whole result of the run, which `mlx-autotune export` writes. */
export const recipeJson = (recipe: Recommendation): string => JSON.stringify(recipe, null, 2);
