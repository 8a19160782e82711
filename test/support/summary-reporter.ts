// Ends a test run with one plain line that people and scripts can read: `N passed, N failed`. Several runs in a row that are given the same
// file in SLUICE_TEST_COUNTS count on: the line of each counts those before it, too. In front of it stands what only a second try passed.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[], _reason: TestRunEndReason): void {
    const file = process.env["SLUICE_TEST_COUNTS"];
    const counts = countsBefore(file);
    counts.failed += unhandledErrors.length;
    const retried: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "failed" : state]++;
        if (test.diagnostic()?.flaky) retried.push(`${module.relativeModuleId}: ${test.fullName}`);
      }
      if (module.errors().length > 0) counts.failed++; // a file that could not be run at all
    }
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    for (const name of retried) process.stdout.write(`failed, and passed at the second try: ${name}\n`);
    process.once("exit", () => process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`));
  }
}

function countsBefore(file: string | undefined): Counts {
  const nothing = { passed: 0, failed: 0, skipped: 0 };
  return file !== undefined && existsSync(file) ? { ...nothing, ...(JSON.parse(readFileSync(file, "utf8") || "{}") as Counts) } : nothing;
}
