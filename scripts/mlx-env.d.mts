export const MLX_LM_VERSION: string;
export const OFFLINE_ENV: Record<string, string>;
export interface MlxPrograms {
  python: string;
  server: string;
  benchmark: string;
}
export function ensureMlx(): Promise<MlxPrograms | { unreachable: string; missing: "python" | "index" }>;
export function ensureMlxModels(options: { python: string; only?: string[] }): Promise<Record<string, string>>;
export function networkFailure(output: string): string | null;
