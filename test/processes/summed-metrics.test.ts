// The metrics of several processes as those of one.
import { describe, expect, test } from "vitest";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { formatMetrics, parseMetrics, sumMetrics } from "../../src/processes/summed-metrics.ts";

/** A process's own exposition, with what `count` has it count. */
async function exposed(count: (metrics: ReturnType<typeof createMetrics>) => void) {
  const metrics = createMetrics({ version: "1.2.3" });
  count(metrics);
  return { openmetrics: (await metrics.expose("openmetrics")).text, prometheus: (await metrics.expose("prometheus")).text };
}

const ofSluice = (text: string) =>
  text
    .split("\n")
    .filter((line) => line.includes("sluice_") && !line.startsWith("sluice_build_info"))
    .join("\n");
const sample = (text: string, start: string) => text.split("\n").find((line) => line.startsWith(start)) ?? "";

const first = await exposed((metrics) => {
  metrics.decided("weak", 'odd{} "name" # x', "a\\b\nc");
  metrics.decided("weak", "main@v7", "keyword");
  metrics.firstByteTook("weak", 0.2, "0af7651916cd43dd8448eb211c80319c");
  metrics.bodyHeld(100);
  metrics.thresholdsStand([{ policyId: "learned@1", at: 0.4, target: 0.65 }]);
  metrics.certificateExpires("ext_proc", new Date(2_000_000_000_000));
  metrics.peersHold(() => ({ partial: 7, streams: 4096 }));
});
const second = await exposed((metrics) => {
  for (let i = 0; i < 3; i++) metrics.decided("weak", "main@v7", "keyword");
  metrics.decided("strong", "main@v7", "keyword");
  metrics.firstByteTook("weak", 7);
  metrics.bodyHeld(11);
  metrics.thresholdsStand([{ policyId: "learned@1", at: 0.6, target: 0.65 }]);
  metrics.configReloaded("failed");
  metrics.certificateExpires("ext_proc", new Date(1_900_000_000_000));
  metrics.certificateExpires("admin", new Date(2_100_000_000_000));
  metrics.peersHold(() => ({ partial: 3, streams: 8192 }));
});

describe("the sum of one process", () => {
  test("is what it says itself, in either format", () => {
    const sum = sumMetrics([parseMetrics(first.openmetrics)]);
    expect(formatMetrics(sum, "openmetrics").text).toBe(first.openmetrics);
    expect(ofSluice(formatMetrics(sum, "prometheus").text)).toBe(ofSluice(first.prometheus));
  });
});

describe("the sum of two processes", () => {
  const families = sumMetrics([parseMetrics(first.openmetrics), parseMetrics(second.openmetrics)]);
  const text = formatMetrics(families, "prometheus").text;

  test.each([
    ["counters are added", 'sluice_decisions_total{tier="weak",policy="main@v7",reason="keyword"}', "4"],
    ["a counter that one of them has stays", 'sluice_decisions_total{tier="strong"', "1"],
    ["so does one with odd labels", 'sluice_decisions_total{tier="weak",policy="odd{}', "1"],
    ["each bucket of a histogram is added", 'sluice_time_to_first_byte_seconds_bucket{le="0.25",tier="weak"}', "1"],
    ["up to the last", 'sluice_time_to_first_byte_seconds_bucket{le="+Inf",tier="weak"}', "2"],
    ["and its sum", 'sluice_time_to_first_byte_seconds_sum{tier="weak"}', "7.2"],
    ["what is held is added", "sluice_body_bytes_in_flight ", "111"],
    ["so is what is held for peers", 'sluice_peer_bytes_held{kind="partial"}', "10"],
    ["of each kind", 'sluice_peer_bytes_held{kind="streams"}', "12288"],
    [
      "of a port's certificates the first to expire counts",
      'sluice_certificate_expiry_timestamp_seconds{listener="ext_proc"}',
      "1900000000",
    ],
    ["of each port", 'sluice_certificate_expiry_timestamp_seconds{listener="admin"}', "2100000000"],
    ["thresholds are averaged", "sluice_policy_threshold{", "0.5"],
    ["a reload that one could not take is not successful", "sluice_config_last_reload_successful ", "0"],
    ["the version is said once", 'sluice_build_info{version="1.2.3"', "1"],
  ])("%s", (_what, start, value) => {
    expect(sample(text, start)).toMatch(new RegExp(` ${value.replace(".", "\\.")}$`));
  });

  test("keeps an exemplar in OpenMetrics", () => {
    expect(formatMetrics(families, "openmetrics").text).toContain('# {trace_id="0af7651916cd43dd8448eb211c80319c"} 0.2');
    expect(text).not.toContain("trace_id");
  });
});

test("of a process that has ended, what it counted stays and what it held does not", () => {
  const families = sumMetrics([parseMetrics(first.openmetrics)], [parseMetrics(second.openmetrics)]);
  const { text } = formatMetrics(families, "prometheus");
  expect(sample(text, 'sluice_decisions_total{tier="weak",policy="main@v7"')).toMatch(/ 4$/);
  expect(sample(text, "sluice_body_bytes_in_flight ")).toMatch(/ 100$/);
  expect(sample(text, "sluice_config_last_reload_successful ")).toMatch(/ 1$/);
});
