// The second meter: mlx-lm's own benchmark, run for real on the same model and lengths, with no HTTP in between.
import { execa } from "execa";
import { OFFLINE_ENV } from "./mlx-env.mjs";

/**
 * Run `mlx_lm.benchmark` and keep its decode speed.
 * @param options as for runBenchmark
 * @returns tokens per second, mean over the trials
 */
export async function benchmarkDecodeTps(options) {
  return (await runBenchmark(options)).generationTps;
}

/**
 * Run `mlx_lm.benchmark` once: an untimed round of its own, then `trials` timed ones.
 * @param options.benchmark path of mlx_lm.benchmark; `model` folder; lengths in tokens; `trials` ≥ 1, default 1
 * @returns prefill and decode speed, tokens per second, means over the trials
 * @throws if it fails, takes more than 10 minutes, or prints no speeds
 */
export async function runBenchmark({ benchmark, model, promptTokens, generationTokens, trials = 1 }) {
  const lengths = ["--prompt-tokens", promptTokens, "--generation-tokens", generationTokens, "--num-trials", trials];
  const args = ["--model", model, ...lengths.map(String)];
  const { stdout } = await execa(benchmark, args, { env: OFFLINE_ENV, stdin: "ignore", timeout: 600_000 });
  return parseBenchmark(stdout);
}

/**
 * Read the line `Averages: prompt_tps=38.387, generation_tps=27.289, peak_memory=0.166`.
 * @throws if the line is missing or a speed in it is not a positive number
 */
export function parseBenchmark(output) {
  const line = output.split(/\r?\n/).find((candidate) => candidate.startsWith("Averages:")) ?? "";
  const speed = (name) => Number(new RegExp(`\\b${name}=([\\d.]+)`).exec(line)?.[1]);
  const speeds = { promptTps: speed("prompt_tps"), generationTps: speed("generation_tps") };
  if (Object.values(speeds).every((tps) => Number.isFinite(tps) && tps > 0)) return speeds;
  throw new Error(`mlx_lm.benchmark printed no speeds: ${output.slice(-300)}`);
}
