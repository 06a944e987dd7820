// The built commands and tools of the extension, run on Linux by the host in tests/raycast-host: `npm run test:ui`.
import config from "../../jest.config.mjs";

export default {
  ...config,
  rootDir: "../..",
  testMatch: ["<rootDir>/tests/raycast/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
};
