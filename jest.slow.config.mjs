// Tests that take minutes, run by `npm run test:slow`: kills in every phase, limits at their real length. They mostly wait, so more of them
// run side by side.
import config from "./jest.config.mjs";

export default {
  ...config,
  testMatch: ["<rootDir>/tests/**/*.slow.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 240_000,
  maxWorkers: 4,
};
