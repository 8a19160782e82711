// `npm run test:faults`: every fault that docs/reliability.md lists, the long ones too, which `npm test` leaves out. Real processes, small
// disks and low limits, one file at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "faults",
    include: ["test/faults/**/*.test.ts"],
    reporters: ["default", "./test/support/summary-reporter.ts"],
    pool: "forks",
    fileParallelism: false, // each measures and waits
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
