import js from "@eslint/js";
import { importX } from "eslint-plugin-import-x";
import raycast from "@raycast/eslint-plugin";
import prettier from "eslint-config-prettier";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const noUp = (message, ...group) => ({ "no-restricted-imports": ["error", { patterns: [{ group, message }] }] });

export default tseslint.config(
  {
    ignores: [
      "assets/**",
      "dist/**",
      "node_modules/**",
      ".cache/**",
      "coverage/**",
      "tests/fixtures/**",
      "raycast-env.d.ts",
    ],
  },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ["**/*.ts", "**/*.tsx"] })),
  {
    files: ["**/*.ts", "**/*.tsx"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "import-x": importX },
    rules: {
      "import-x/no-cycle": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  // Who may import whom (ARCHITECTURE.md): core is pure; only cli.ts picks implementations.
  {
    files: ["worker/core/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["../*", "!../core/*"], message: "core imports core only" },
            { group: ["node:*", "!node:crypto"], message: "core is pure: no I/O, clock, randomness or process" },
          ],
        },
      ],
      "no-restricted-globals": ["error", "process", "setTimeout", "setInterval", "fetch"],
    },
  },
  {
    files: ["worker/{autotune,stage1,stage2,trial,visit-session,warm-up,measure,replicate,read-answer}.ts"],
    rules: noUp(
      "the flow knows interfaces only (context.ts)",
      "./providers/*",
      "./platform/*",
      "./store/*",
      "./commands/*",
      "./cli*",
    ),
  },
  {
    files: ["worker/**/*.ts"],
    ignores: ["worker/core/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "MetaProperty", message: "no import.meta: the worker is one CommonJS file" },
      ],
    },
  },
  {
    files: ["src/**/*.ts", "src/**/*.tsx"],
    extends: [raycast.configs.recommended, reactHooks.configs.flat.recommended],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { regex: "/worker/(?!core/)", message: "of the worker, src knows core only" },
            { group: ["better-sqlite3*"], message: "two SQLite libraries in one process drop each other's locks" },
          ],
        },
      ],
    },
  },
  {
    files: ["tests/**/*.ts", "tests/**/*.tsx"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.js", "**/*.cjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        Buffer: "readonly",
        setTimeout: "readonly",
        fetch: "readonly",
        URL: "readonly",
        AbortSignal: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        performance: "readonly",
      },
    },
  },
  prettier,
);
