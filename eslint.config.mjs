import js from "@eslint/js";
import raycast from "@raycast/eslint-plugin";
import prettier from "eslint-config-prettier";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";
import rooms from "./scripts/eslint-rooms.mjs";

const RAW_MARKDOWN = {
  selector: 'NewExpression[callee.name="Markdown"]',
  message: "mark`…` of core/text/markdown.ts: what others wrote is text, never markup",
};

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
    plugins: { rooms },
    rules: {
      "rooms/no-circle": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  // Who may import whom: scripts/rooms.mjs, told in ARCHITECTURE.md.
  { files: ["worker/**/*.ts", "src/**/*.ts", "src/**/*.tsx"], rules: { "rooms/downwards": "error" } },
  {
    files: ["worker/**/*.ts", "src/**/*.ts", "src/**/*.tsx"],
    // Raycast reads an AI tool's input off the literal type; a test compares it with the list.
    ignores: ["worker/providers/**", "worker/simulator/**", "src/tools/start-tune.ts"],
    rules: { "rooms/no-server-id": "error" },
  },
  {
    files: ["worker/**/*.ts", "src/**/*.ts", "src/**/*.tsx"],
    ignores: ["worker/core/search/**", "src/tools/start-tune.ts"],
    rules: { "rooms/no-method-name": "error" },
  },
  {
    files: ["worker/core/**/*.ts", "worker/providers/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["node:*", "!node:crypto", "!node:path"], message: "pure: no I/O, clock, randomness or process" },
          ],
        },
      ],
      "no-restricted-globals": ["error", "process", "setTimeout", "setInterval", "fetch"],
    },
  },
  {
    files: ["worker/{autotune,context}.ts", "worker/tune/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [{ regex: "/providers/(?!provider\\.ts)", message: "the flow knows interfaces only (context.ts)" }],
        },
      ],
    },
  },
  {
    files: ["worker/**/*.ts"],
    ignores: ["worker/core/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "MetaProperty", message: "no import.meta: the worker is one CommonJS file" },
        RAW_MARKDOWN,
      ],
    },
  },
  {
    files: ["src/**/*.ts", "src/**/*.tsx"],
    extends: [raycast.configs.recommended, reactHooks.configs.flat.recommended],
    rules: {
      "no-restricted-syntax": [
        "error",
        RAW_MARKDOWN,
        {
          selector: 'JSXAttribute[name.name="markdown"]:not([value.expression.callee.name="shown"])',
          message: "shown(mark`…`) of core/text/markdown.ts: what others wrote is text, never markup",
        },
        {
          selector: "JSXAttribute[name.name='shortcut']",
          message: "src/components/ui/actions.ts has every action's title, icon and keys",
        },
        {
          selector:
            "CallExpression[callee.property.name=/^(includes|startsWith|endsWith)$/][callee.object.property.name=/^(message|remedy|why|text|notes?|exit_reason|title)$/]",
          message: "no prose as protocol: who writes the sentence gives what it says as data, too",
        },
        {
          selector:
            "CallExpression[callee.property.name=/^(replace|replaceAll|slice|split)$/][callee.object.property.name=/^(message|remedy|why|exit_reason|title)$/]",
          message: "no prose as protocol: who writes the sentence gives what it says as data, too",
        },
      ],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
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
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.name='rmSync'] Property[key.name='recursive']",
          message: "removeFolder: a process that is ending may still write there",
        },
      ],
    },
  },
  { files: ["tests/support/worlds/remove-folder.ts"], rules: { "no-restricted-syntax": "off" } },
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
