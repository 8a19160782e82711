import { defineConfig } from "vitest/config";

const REPORTERS = ["default", "./test/support/summary-reporter.ts"];

/** What starts Envoy and whole processes runs after all else, two files at a time: it waits more than it computes. */
const WHOLE_PROCESSES = [
  "test/e2e/**/*.test.ts",
  "test/setup/stack/**/*.test.ts",
  "test/study/report/browser*.test.ts",
  "test/deploy/image.test.ts",
  "test/faults/*.test.ts",
  "test/package/**/*.test.ts",
];

/** Of these, what measures time or memory, or loads the machine: by itself. */
const ALONE = [
  "test/e2e/{breaker,limits-under-faults,rapid-reset}.test.ts",
  "test/faults/{descriptors,otlp-receiver,peer-memory,reload}.test.ts",
];

/** A machine that others share can be late for once: there a second try counts, and the run names it at its end. */
const E2E = { testTimeout: 120_000, hookTimeout: 180_000, retry: process.env["CI"] === undefined ? 0 : 1 };

/**
 * Threads that run sources have their types taken out by WebAssembly, and now and then V8 ends the whole process when one of these frees
 * the code of its imports (`Check failed: jit_page.has_value()`), unless it does without keys to its memory. `dist/` uses none in threads.
 */
const EXEC_ARGV = ["--no-memory-protection-keys"];

export default defineConfig({
  test: {
    reporters: REPORTERS,
    pool: "forks",
    projects: [
      {
        test: {
          name: "unit",
          execArgv: EXEC_ARGV,
          include: ["test/**/*.test.ts"],
          exclude: [...WHOLE_PROCESSES, "test/gateways/**", "test/faults/**", "test/clients/**"],
          testTimeout: 60_000,
          maxWorkers: 2, // not one fewer than the machine has cores
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...E2E, name: "e2e", include: WHOLE_PROCESSES, exclude: ALONE, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      { test: { ...E2E, name: "alone", include: ALONE, fileParallelism: false, sequence: { groupOrder: 2 } } },
    ],
  },
});
