// The rules of the audit slice: from what two processes tell Prometheus they compute the rate that the page shows, with its interval.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { auditedRate, createAudited } from "../../src/outcome/signals/audited.ts";
import { createMetrics } from "../../src/outcome/telemetry/metrics.ts";
import { randomSource } from "../../src/study/evaluate/random-source.ts";
import { auditedOutcome, TIERS } from "../outcome/signals/audited-outcome.ts";
import { promtool, withoutPromtool } from "./promtool.ts";

const RULES = fileURLToPath(new URL("../../deploy/prometheus/rules/audit.yaml", import.meta.url));

/** A process whose slice has two shares; of the good answers some are called bad later. */
function audits(seed: number, requests: number) {
  const random = randomSource(seed);
  const audited = createAudited();
  const metrics = createMetrics();
  metrics.auditCounts(audited.counts);
  for (let at = 0; at < requests; at++) {
    const wanted = random() < 0.5 ? "weak" : "strong";
    const outcome = auditedOutcome(wanted, random() < 0.5 ? "weak" : "strong", random() < 0.8, random() < 0.5 ? 0.02 : 0.2);
    audited.outcome(outcome, TIERS);
    if (random() < 0.2) audited.bad(outcome.requestId);
  }
  return { audited, metrics };
}

/** As Prometheus reads it twice: before anything was audited, and for hours after. */
async function series(instance: string, { metrics }: ReturnType<typeof audits>) {
  const { text } = await metrics.expose("prometheus");
  const samples = text.split("\n").flatMap((line) => {
    const [, name, labels, value] = /^(sluice_audited_\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, labels: labels === undefined ? "" : `,${labels}`, value }];
  });
  return samples.map(({ name, labels, value }) => ({
    series: `${name}{job="sluice",instance="${instance}"${labels}}`,
    values: `0x59 ${value}x180`,
  }));
}

test.skipIf(withoutPromtool())("Prometheus computes the misroute rate and the interval of the page, over processes", async () => {
  const processes = [audits(1, 400), audits(2, 900)];
  const page = auditedRate(processes.map(({ audited }) => audited.sums()));
  // Versions of Prometheus extrapolate an hour's increase from 59 minutes, or not: the interval is narrower by 1 % then.
  const near = (name: string, value = Number.NaN) => ({
    expr: `abs(job_way:sluice_misroutes${name}:ratio7d{way="any"} - ${value}) < bool 0.002`,
    eval_time: "150m",
    exp_samples: [{ labels: '{job="sluice",way="any"}', value: 1 }],
  });
  const file = {
    rule_files: [RULES],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: [...(await series("a", processes[0] ?? audits(1, 0))), ...(await series("b", processes[1] ?? audits(1, 0)))],
        promql_expr_test: [near("", page?.misroutes), near("_low", page?.low), near("_high", page?.high)],
      },
    ],
  };
  expect(file.tests[0]?.input_series).toHaveLength(2 * 21);
  const folder = mkdtempSync(join(tmpdir(), "sluice-audit-"));
  try {
    writeFileSync(join(folder, "rates.yaml"), stringify(file));
    expect(promtool("test", "rules", join(folder, "rates.yaml"))).toContain("SUCCESS");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
