// Our own histograms say what prom-client's would: the same text for the same observations, values on a bucket's border among them.
import { Histogram } from "prom-client";
import { expect, test, vi } from "vitest";
import { createDistribution, createTierDistribution } from "../../../src/outcome/telemetry/distribution.ts";
import { expositionOf, newRegistry } from "../../../src/outcome/telemetry/exposition.ts";

test("a distribution exposes what a histogram of prom-client does", async () => {
  const described = { name: "sizes", help: "Sizes.", buckets: [1, 2.5, 10] };
  const [ours, theirs] = [newRegistry(), newRegistry()];
  const observe = createDistribution(ours, { ...described, kind: "histogram", labels: [] });
  const histogram = new Histogram({ ...described, registers: [theirs] });
  for (const value of [0, 1, 1.0001, 2.5, 7, 10, 10.5, 1e9]) {
    observe(value);
    histogram.observe(value);
  }
  expect(await ours.metrics()).toBe(await theirs.metrics());
});

test.each(["prometheus", "openmetrics"] as const)(
  "one of tiers does, too, with the last trace of each bucket where the format has it: %s",
  async (format) => {
    vi.useFakeTimers({ now: 1_790_000_000_123 });
    const described = { name: "times", help: "Times.", buckets: [1, 2.5] };
    const [ours, theirs] = [newRegistry(), newRegistry()];
    const observe = createTierDistribution(ours, { ...described, kind: "histogram", labels: ["tier"] });
    const histogram = new Histogram({ ...described, labelNames: ["tier", "trace_id"], enableExemplars: true, registers: [theirs] });
    const seen: readonly (readonly [string, number, string?])[] = [
      ["weak", 0.5, "a1"],
      ["strong", 3],
      ["weak", 0.75, "b2"],
      ["weak", 1],
      ["weak", 9, "c3"],
    ];
    for (const [tier, value, traceId] of seen) {
      observe(tier, value, traceId);
      histogram.observe({ labels: { tier }, value, exemplarLabels: traceId === undefined ? {} : { trace_id: traceId } });
    }
    vi.useRealTimers();
    const [found, expected] = [await expositionOf(ours, format), await expositionOf(theirs, format)];
    expect(found).toEqual(expected);
    expect(found.text.includes("trace_id")).toBe(format === "openmetrics");
  },
);
