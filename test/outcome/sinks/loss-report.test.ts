// Losses are said at once, then at most once a minute, and none is left unsaid.
import { expect, test } from "vitest";
import { lossReport } from "../../../src/outcome/sinks/loss-report.ts";
import { createLogger } from "../../../src/outcome/telemetry/log.ts";

test("losses are said at once, then once a minute together, and at the end", () => {
  let now = 0;
  const counts: number[] = [];
  const destination = { write: (line: string) => void counts.push((JSON.parse(line) as { count: number }).count) };
  const report = lossReport(createLogger({ level: "warn", destination }), "lines are lost", () => now);
  report.lost(3, new Error("full"));
  expect(counts).toEqual([3]);
  for (now = 1000; now < 60_000; now += 1000) report.lost(1, undefined);
  expect(counts).toEqual([3]);
  now = 60_000;
  report.lost(1, undefined);
  expect(counts).toEqual([3, 60]);
  report.lost(2, undefined);
  report.close();
  report.close();
  expect(counts).toEqual([3, 60, 2]);
});
