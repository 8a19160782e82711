// `npm run test:clients`: real clients through a real Envoy and sluice. Not part of `npm test`: the first run installs 2 GB of them.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "clients",
    include: ["test/clients/**/*.test.ts"],
    reporters: ["default", "./test/support/summary-reporter.ts"],
    pool: "forks",
    fileParallelism: false, // each file installs what it runs
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
