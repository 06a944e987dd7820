// The recipe of a finished mlx-lm tune, applied, really served by `mlx-autotune serve`, and taken back. For `npm run test:mlx`.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";

/** ms; importing MLX takes 3 s on a fast disk and most of a minute on a cold one. */
const SERVE_WITHIN_MS = 120_000;

/**
 * Apply the newest recipe of the database, serve it, ask it for a completion, end it, and revert.
 * @param options.program path of the built worker; `dbPath` with a finished mlx-lm run; `env` with HOME and mlx_lm.server on PATH;
 *   `port` a free one
 * @returns the served model and how many tokens it generated
 * @throws AssertionError with what was not as it should be
 */
export async function applyServeRevert({ program, dbPath, env, port }) {
  const call = (...args) =>
    execa(process.execPath, [program, ...args, "--db-path", dbPath], { env, extendEnv: false, reject: false });
  const config = join(env.HOME, ".config", "mlx-autotune", "serve.yaml");
  const before = existsSync(config) ? readFileSync(config, "utf8") : null;
  const applied = await call("apply", "--json");
  assert.equal(applied.exitCode, 0, applied.stderr);
  const { model, state, config: target } = JSON.parse(applied.stdout);
  assert.equal(state, "applied");
  assert.equal(target.path, config);
  const words = [program, "serve", "--db-path", dbPath, "--", "--port", String(port)];
  const serving = execa(process.execPath, words, { env, extendEnv: false, reject: false, all: true });
  let tokens;
  try {
    tokens = await complete(port, serving);
  } finally {
    serving.kill("SIGTERM");
  }
  // mlx_lm.server does not catch SIGTERM: ended by signal 15, as a shell reports it.
  assert.equal((await serving).exitCode, 143);
  assert.ok(tokens > 0, "no token was generated");
  const reverted = await call("revert");
  assert.equal(reverted.exitCode, 0, reverted.stderr);
  assert.equal(existsSync(config) ? readFileSync(config, "utf8") : null, before);
  return { model, tokens };
}

async function complete(port, serving) {
  const messages = [{ role: "user", content: "Tell me something about the sea." }];
  const body = JSON.stringify({ model: "default_model", messages, max_tokens: 16, temperature: 0 });
  const deadline = performance.now() + SERVE_WITHIN_MS;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).catch(() => null);
    if (response?.ok) return (await response.json()).usage.completion_tokens;
    if (serving.exitCode !== null && serving.exitCode !== undefined)
      throw new Error(`serve ended: ${(await serving).all}`);
    if (performance.now() > deadline) throw new Error("serve has not answered in time");
    await delay(250);
  }
}
