import { defineConfig } from "vitest/config";

const REPORTERS = ["default", "./test/support/summary-reporter.ts"];

/** What starts Envoy and whole processes runs after all else, one file at a time: it measures and waits, and must not be starved. */
const WHOLE_PROCESSES = [
  "test/e2e/**/*.test.ts",
  "test/setup/stack/**/*.test.ts",
  "test/study/report/browser*.test.ts",
  "test/deploy/image.test.ts",
  "test/faults/*.test.ts",
  "test/package/**/*.test.ts",
];

export default defineConfig({
  test: {
    reporters: REPORTERS,
    pool: "forks",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...WHOLE_PROCESSES, "test/gateways/**", "test/faults/**", "test/clients/**"],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "e2e",
          include: WHOLE_PROCESSES,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
