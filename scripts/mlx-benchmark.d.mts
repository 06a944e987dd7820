export interface BenchmarkOptions {
  benchmark: string;
  model: string;
  promptTokens: number;
  generationTokens: number;
  trials?: number;
}
export interface BenchmarkSpeeds {
  promptTps: number;
  generationTps: number;
}
export function benchmarkDecodeTps(options: BenchmarkOptions): Promise<number>;
export function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkSpeeds>;
export function parseBenchmark(output: string): BenchmarkSpeeds;
