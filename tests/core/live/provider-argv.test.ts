import { expect, test } from "@jest/globals";
import { otherServerOf, servedBy, startedBy } from "../../../worker/core/live/provider-argv.ts";
import { OTHER_COMMANDS, PROVIDER_COMMANDS } from "../../../worker/core/live/server-commands.ts";
import { shellQuote, simpleCommands } from "../../../worker/core/text/shell-words.ts";

const words = (line: string) => line.split(" ");

test.each([
  ["macprovider-cli serve --port 8080", "macprovider-cli"],
  ["/opt/homebrew/bin/malibu-cli serve", "malibu-cli"],
  ["macprovider-cli --verbose serve --model x", "macprovider-cli"],
  ["macprovider-cli --config /tmp/c.yaml serve", "macprovider-cli"],
  ["mlx_lm.server --model x", "mlx_lm.server"],
  ["mlx_lm server --model x", "mlx_lm.server"],
  ["/usr/bin/python3.12 /Users/me/venv/bin/mlx_lm.server --port 8080", "mlx_lm.server"],
  ["/Library/Python.app/Contents/MacOS/Python -m mlx_lm.server --model x", "mlx_lm.server"],
  ["python -m mlx_lm server --model x", "mlx_lm.server"],
  ["python3 -u -W ignore -Im mlx_lm.server", "mlx_lm.server"],
  ["python3 /venv/lib/python3.12/site-packages/mlx_lm/server.py", "mlx_lm.server"],
  ["node --no-warnings /tmp/bin/macprovider-cli serve --port 1", "macprovider-cli"],
  ["node /tmp/fake/macprovider-cli.mjs serve", "macprovider-cli"],
  ["/bin/bash /Users/me/bin/malibu-cli serve", "malibu-cli"],
  ["macprovider-cli", "macprovider-cli"],
  ["malibu-cli --port 61919 --model qwen3 --max-batch 8 --no-idle-prewarm", "malibu-cli"],
])("a running `%s` serves as %s", (line, program) => {
  expect(servedBy(words(line))).toBe(program);
});

test.each([
  "vim mlx_lm.server",
  "grep -r macprovider-cli serve",
  "tail -f macprovider.log",
  "less /usr/local/bin/macprovider-cli serve",
  "macprovider-cli autotune --drain",
  "macprovider-cli autotune serve",
  "macprovider-cli logs --grep serve",
  "macprovider-cli serve-status",
  "macprovider-cli status",
  "macprovider-cli help serve",
  "macprovider-cli --version",
  "malibu-cli --help",
  "mlx_lm --port 8080",
  "mlx_lm.generate --model x",
  "mlx_lm generate server",
  "python -m mlx_lm.generate server",
  "python -c mlx_lm.server",
  "python edit.py mlx_lm.server",
  "node /app/assets/worker/cli.cjs simulated-provider serve --port 18080",
  "node /app/assets/worker/cli.cjs run --provider-bin /opt/macprovider-cli serve",
  "/bin/sh -c mlx_lm.server",
  "",
])("a running `%s` is no provider", (line) => {
  expect(servedBy(words(line))).toBeNull();
});

test.each([
  ["python3 -m mlx_vlm.server --model x", "mlx_vlm.server"],
  ["python3 /v/lib/python3.12/site-packages/mlx_vlm/server.py", "mlx_vlm.server"],
  ["/v/bin/python /v/bin/vllm serve mlx-community/x", "vLLM"],
  ["python -m vllm_mlx.server --model x", "vllm-mlx"],
  ["omlx serve --model-dir /m", "oMLX"],
  ["/Users/me/.lmstudio/llmster/0.0.12-1/bin/llmster", "LM Studio"],
  ["llmster", "LM Studio"],
  ["omlx ps", null],
  ["ollama run qwen3", null],
  ["rapid-mlx info", null],
  ["vim mlx_vlm.server", null],
  ["mlx_lm.server --model x", null],
])("`%s` is another server: %s", (line, name) => {
  expect(otherServerOf(words(line))).toBe(name);
});

/** What each program does without a subcommand, from its own help. */
const BARE: Record<string, boolean> = {
  "macprovider-cli": true,
  "malibu-cli": true,
  "mlx_lm.server": true,
  mlx_lm: false,
  "mlx_vlm.server": true,
  mlx_vlm: false,
  "vllm-mlx": false,
  "rapid-mlx": false,
  omlx: false,
  "omlx-server": true,
  "mlx-openai-server": false,
  vllm: false,
  vmlx: false,
  "mlx-serve": true,
  "mlx-omni-server": true,
  "llama-server": true,
  ollama: false,
  llmster: true,
  exo: true,
};

test("every program is known by what it does without a subcommand, with options and bare", () => {
  const names = new Set([...PROVIDER_COMMANDS, ...OTHER_COMMANDS].flatMap(({ programs }) => programs));
  expect([...names].sort()).toEqual(Object.keys(BARE).sort());
  const serves = (line: string) => servedBy(words(line)) !== null || otherServerOf(words(line)) !== null;
  for (const tail of ["", " --port 8080 --model x"])
    expect(Object.fromEntries([...names].map((name) => [name, serves(name + tail)]))).toEqual(BARE);
});

test("a shell that waits for a provider is none itself, but an agent that starts one so is", () => {
  const argv = ["/bin/zsh", "-lc", "cd ~/models && PORT=1 exec \"$HOME/venv/bin/python\" -m 'mlx_lm.server' --model x"];
  expect(servedBy(argv)).toBeNull();
  expect(startedBy(argv)).toBe("mlx_lm.server");
});

test.each([
  [["/usr/bin/env", "FOO=1", "mlx_lm.server"], "mlx_lm.server"],
  [["/usr/bin/caffeinate", "-i", "/usr/local/bin/macprovider-cli", "serve"], "macprovider-cli"],
  [["uvx", "--from", "mlx-lm", "mlx_lm.server", "--port", "8080"], "mlx_lm.server"],
  [["/bin/bash", "-c", "while true; do malibu-cli serve; sleep 1; done"], "malibu-cli"],
  [["/bin/sh", "-c", "exec nohup macprovider-cli serve >/tmp/log 2>&1"], "macprovider-cli"],
  [["/bin/sh", "-c", "echo mlx_lm.server; pgrep -f 'macprovider-cli serve'"], null],
  [["/bin/sh", "-c", "macprovider-cli autotune"], null],
  [["/bin/sh", "-c"], null],
  [["/usr/bin/tail", "-f", "mlx_lm.server"], null],
])("an agent with %j starts %s", (argv, program) => {
  expect(startedBy(argv)).toBe(program);
});

test("a shell line falls into its commands with quotes, comments and continued lines resolved", () => {
  expect(simpleCommands('a \'b c\' "d\\"e"f\\ g # no\nh&&i;(j|k) \\\n l')).toEqual([
    ["a", "b c", 'd"ef g'],
    ["h"],
    ["i"],
    ["j"],
    ["k"],
    ["l"],
  ]);
  expect(simpleCommands("an 'open quote#1 #2")).toEqual([["an", "'open", "quote#1"]]);
});

test("a word is quoted only where a shell needs it", () => {
  expect(["/a/b-c.plist", "two words", "it's", "~x", ""].map(shellQuote)).toEqual([
    "/a/b-c.plist",
    "'two words'",
    `'it'\\''s'`,
    "'~x'",
    "''",
  ]);
});
