export function circleOf(imports: ReadonlyMap<string, readonly string[]>, start: string): string[] | null;
