// The table of figures by where a figure exists: in a replicate, a trial, the recipe, a cell of a sweep. With it the types of what holds them.
import type { Figure, FigureOfRecipe, FigureOfReplicate, FigureOfTrial } from "./figure.ts";
import { FIGURES } from "./figure-table.ts";

type Table = typeof FIGURES;
export type FigureKey = keyof Table;
type Place = "replicate" | "trial" | "recipe" | "cell";
type Key<P extends Place> = { [K in FigureKey]: Table[K][P] extends null ? never : K }[FigureKey];
/** A property of a figure's entry for a place, as a literal. */
type Of<K extends FigureKey, P extends Place, Property extends string> =
  Table[K][P] extends Readonly<Record<Property, infer Name extends string>> ? Name : never;
type Value<K extends FigureKey, P extends Place> = Table[K][P] extends { nullable: false } ? number : number | null;

/** Figures that came with a later schema: what an older version measured lacks them. */
type Later = { [K in FigureKey]: Table[K] extends { schema: number } ? K : never }[FigureKey];
type Early<K extends FigureKey, Name> = K extends Later ? never : Name;
type Late<K extends FigureKey, Name> = K extends Later ? Name : never;

/** In `Replicate`. */
export type ReplicateValues = {
  [K in Key<"replicate"> as Early<K, Of<K, "replicate", "field">>]: Value<K, "replicate">;
} & { [K in Key<"replicate"> as Late<K, Of<K, "replicate", "field">>]?: number | null };
/** In `TrialFigures`. */
export type TrialValues = { [K in Key<"trial"> as Early<K, Of<K, "trial", "field">>]: number | null } & {
  [K in Key<"trial"> as Late<K, Of<K, "trial", "field">>]?: number | null;
};
/** In the result's `recommendation`. */
export type RecipeValues = { [K in Key<"recipe"> as Early<K, Of<K, "recipe", "key">>]: Value<K, "recipe"> } & {
  [K in Key<"recipe"> as Late<K, Of<K, "recipe", "key">>]?: number | null | undefined;
};
/** In a cell of a sweep's document. */
export type CellValues = { [K in Key<"cell"> as Early<K, K>]: number | null } & {
  [K in Key<"cell"> as Late<K, K>]?: number | null;
};
/** What two runs are compared by. */
export type ComparedKey = { [K in Key<"recipe">]: Table[K]["better"] extends null ? never : K }[Key<"recipe">];
export type ReplicateColumn = Of<Key<"replicate">, "replicate", "column">;
type Intervals = { [K in Key<"trial">]: Table[K]["trial"] extends { interval: infer Pair } ? Pair : [] }[Key<"trial">];
export type TrialColumn = Of<Key<"trial">, "trial", "column"> | Extract<Intervals[number], string>;

/** A row that exists in a place, with its key. */
export type FigureIn<P extends Place> = Figure & { key: FigureKey } & { [K in P]: NonNullable<Figure[K]> };

/** @returns rows that exist there, in the table's order */
export function figuresOf<P extends Place>(place: P, ...without: FigureKey[]): FigureIn<P>[] {
  return (Object.keys(FIGURES) as FigureKey[])
    .filter((key) => !without.includes(key))
    .map((key) => ({ key, ...(FIGURES[key] as Figure) }))
    .filter((figure): figure is FigureIn<P> => figure[place] !== null);
}

const all = (): Figure[] => Object.values(FIGURES);

/** Figures that came with this schema of the database. */
export const figuresSince = (schema: number): Figure[] => all().filter((figure) => figure.schema === schema);

/** Every schema that brought a figure, ascending. */
export const figureSchemas = (): number[] =>
  [...new Set(all().flatMap(({ schema }) => schema ?? []))].sort((a, b) => a - b);

/** What two runs are compared by; each is told from the recipe, or the row of the trial that it came from. */
export const comparedFigures = (): (FigureIn<"recipe"> & { key: ComparedKey; wish: 1 | -1 })[] =>
  figuresOf("recipe").flatMap((figure) =>
    figure.better === null
      ? []
      : [{ ...figure, key: figure.key as ComparedKey, wish: figure.better === "higher" ? 1 : -1 }],
  );

/** In the table's order, each with its interval's. */
export const trialColumns = (): TrialColumn[] =>
  figuresOf("trial").flatMap(({ trial }) => [trial.column, ...(trial.interval ?? [])] as TrialColumn[]);

/** v_replicates began with these, in this order; newer ones follow them. */
const FIRST_COLUMNS: readonly string[] = ["tps", "ttft_ms", "decode_tps"];

/** Rows of replicates, in the order of their columns. */
export function storedFigures(): FigureIn<"replicate">[] {
  const figures = figuresOf("replicate");
  const first = FIRST_COLUMNS.flatMap((name) => figures.filter(({ replicate }) => replicate.column === name));
  return [...first, ...figures.filter((figure) => !first.includes(figure))];
}

export const replicateColumns = (): ReplicateColumn[] =>
  storedFigures().map(({ replicate }) => replicate.column as ReplicateColumn);

/** What a replicate says of a figure. */
export const inReplicate = ({ field }: FigureOfReplicate, replicate: ReplicateValues): number | null =>
  replicate[field as keyof ReplicateValues] ?? null;

/** What a trial's figures say of one. */
export const inTrial = ({ field }: FigureOfTrial, figures: TrialValues): number | null =>
  figures[field as keyof TrialValues] ?? null;

/** What the recipe says of a figure. */
export const inRecipe = ({ key }: FigureOfRecipe, recipe: RecipeValues): number | null =>
  recipe[key as keyof RecipeValues] ?? null;

/** What a sweep's cell says of a figure. */
export const inCell = ({ key }: FigureIn<"cell">, cell: CellValues): number | null =>
  cell[key as keyof CellValues] ?? null;

/** What a trial's row says of a figure. */
export const inTrialRow = ({ column }: FigureOfTrial, row: Record<TrialColumn, number | null>): number | null =>
  row[column as TrialColumn];

/** Both ends of a figure's 95 % interval in a trial's row; null if it has none, or one is missing. */
export function intervalIn(
  { interval }: FigureOfTrial,
  row: Record<TrialColumn, number | null>,
): [low: number, high: number] | null {
  const [low, high] = (interval ?? []).map((column) => row[column as TrialColumn]);
  return low == null || high == null ? null : [low, high];
}

/** What a replicate's row says of a figure. */
export const inReplicateRow = (
  { column }: FigureOfReplicate,
  row: Record<ReplicateColumn, number | null>,
): number | null => row[column as ReplicateColumn];
