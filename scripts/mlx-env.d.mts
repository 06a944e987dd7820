export const MLX_LM_VERSION: string;
export const OFFLINE_ENV: Record<string, string>;
export interface MlxPrograms {
  python: string;
  server: string;
  benchmark: string;
}
export function ensureMlx(): Promise<MlxPrograms | { unreachable: string }>;
export function ensureMlxModels(options: { python: string; only?: string[] }): Promise<Record<string, string>>;
export function isNetworkFailure(output: string): boolean;
