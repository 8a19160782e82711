// Losses are said at once, then at most every ten seconds, and none is left unsaid.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";
import { lossReport } from "../../../src/outcome/telemetry/loss-report.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setup() {
  const counts: number[] = [];
  const destination = { write: (line: string) => void counts.push((JSON.parse(line) as { count: number }).count) };
  return { counts, report: lossReport(createLogger({ level: "warn", destination }), "lines are lost") };
}

test("losses are said at once, then every ten seconds together, and at the end", () => {
  const { counts, report } = setup();
  report.lost(3, new Error("full"));
  expect(counts).toEqual([3]);
  for (let second = 1; second < 10; second++) {
    vi.advanceTimersByTime(1000);
    report.lost(1, undefined);
  }
  expect(counts).toEqual([3]);
  vi.advanceTimersByTime(1000);
  expect(counts).toEqual([3, 9]);
  report.lost(2, undefined);
  report.close();
  report.close();
  expect(counts).toEqual([3, 9, 2]);
});

test("what was lost just after the first is said although nothing is lost any more", () => {
  const { counts, report } = setup();
  report.lost(1, undefined);
  report.lost(40, undefined);
  vi.advanceTimersByTime(10_000);
  expect(counts).toEqual([1, 40]);
});
