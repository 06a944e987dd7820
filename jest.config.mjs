// Native ESM: sources run as they are, only types are stripped. Each test file may use real processes, so workers are few.
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
  // *.slow.test.ts take longer than a newcomer waits: `npm run test:slow`.
  testPathIgnorePatterns: ["/node_modules/", "\\.slow\\.test\\.ts$", "<rootDir>/tests/raycast/"],
  modulePathIgnorePatterns: ["<rootDir>/assets/", "<rootDir>/dist/", "<rootDir>/.cache/"],
  maxWorkers: 2,
  testTimeout: 60_000,
};
