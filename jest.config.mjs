// Native ESM: sources run as they are, only types are stripped. Each test file may use real processes, so workers are few.
/** Black-box tests that together take minutes: run by `npm run test:slow`, so that `npm test` stays under five minutes. */
export const SLOW_ACCEPTANCE = [
  "answers",
  "apply",
  "apply-and-serve",
  "apply-refusals",
  "budget",
  "compare",
  "doctor",
  "drain-death",
  "import",
  "odd-worlds",
  "plan",
  "provider",
  "resume",
  "sweep",
  "told-once",
].map((name) => `<rootDir>/tests/acceptance/${name}.test.ts`);

export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    "^.+\\.tsx?$": [
      "@swc/jest",
      {
        jsc: {
          target: "es2022",
          parser: { syntax: "typescript", tsx: true },
          experimental: { keepImportAttributes: true },
        },
        module: { type: "es6" },
      },
    ],
  },
  testMatch: ["<rootDir>/tests/**/*.test.ts", "<rootDir>/tests/**/*.test.tsx"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/slow/", "<rootDir>/tests/raycast/", ...SLOW_ACCEPTANCE],
  modulePathIgnorePatterns: ["<rootDir>/assets/", "<rootDir>/dist/", "<rootDir>/.cache/"],
  maxWorkers: 2,
  testTimeout: 60_000,
};
