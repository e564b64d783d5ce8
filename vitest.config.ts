import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: { gatefold: fileURLToPath(new URL("./src/index.ts", import.meta.url)) },
  },
  test: {
    include: ["test/**/*.test.ts"],
    // For what never ends. How long something takes is the business of benchmarks, and machines may be slow.
    testTimeout: 120_000,
    globalSetup: ["test/support/global-display.ts"],
    passWithNoTests: false,
  },
});
