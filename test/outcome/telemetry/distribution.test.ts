// Our own histograms say what prom-client's would: the same text for the same observations, values on a bucket's border among them.
import { Histogram } from "prom-client";
import { expect, test } from "vitest";
import { createDistribution } from "../../../src/outcome/telemetry/distribution.ts";
import { newRegistry } from "../../../src/outcome/telemetry/exposition.ts";

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
