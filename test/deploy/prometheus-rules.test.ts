// The rules for Prometheus: accepted by its own tools, each alert tested both ways, and about metrics that exist.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { PROMETHEUS_RULE_FILE, prometheusRuleText, RULES_FOLDER, ruleGroups } from "../../scripts/prometheus-rule.ts";
import { unknownIn } from "./known-metrics.ts";
import { promtool, withoutPromtool } from "./promtool.ts";

const TESTS_FOLDER = new URL("../../deploy/prometheus/tests/", import.meta.url);
const rules = ruleGroups().flatMap((group) => group.rules);
const alerts = rules.flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
const filesOf = (folder: URL) => readdirSync(folder).map((name) => fileURLToPath(new URL(name, folder)));

interface RuleTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
}

function expectations(alert: string): readonly number[] {
  const files = filesOf(TESTS_FOLDER).map((path) => parse(readFileSync(path, "utf8")) as RuleTests);
  const tests = files.flatMap((file) => file.tests.flatMap((each) => each.alert_rule_test ?? []));
  return tests.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length);
}

describe.skipIf(withoutPromtool())("promtool", () => {
  test("accepts the rules", () => {
    expect(promtool("check", "rules", "--lint=all", "--lint-fatal", ...filesOf(RULES_FOLDER))).not.toMatch(/FAILED|error/);
  });

  test("finds every alert firing and silent as its tests say", () => {
    expect(promtool("test", "rules", ...filesOf(TESTS_FOLDER))).not.toContain("FAILED");
  });

  test("accepts the configuration for the local stack", () => {
    const config = fileURLToPath(new URL("../../deploy/prometheus/prometheus.yaml", import.meta.url));
    expect(promtool("check", "config", config)).toContain(`${filesOf(RULES_FOLDER).length} rule files found`);
  });
});

describe("alerts", () => {
  test.each(alerts)("$alert is tested firing and silent", ({ alert }) => {
    const counts = expectations(alert);
    expect(counts.some((count) => count > 0)).toBe(true);
    expect(counts).toContain(0);
  });

  test.each(alerts)("$alert says how bad it is, the figure, and what to do", ({ labels, annotations }) => {
    expect(labels?.["severity"]).toMatch(/^(?:info|warning|critical)$/);
    expect(annotations?.["summary"]).toMatch(/\$value|\d/);
    expect(annotations?.["runbook"]).toMatch(/\.$/);
  });

  test("have names of their own", () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });
});

describe("rules", () => {
  test.each(rules.map(({ record, alert, expr }) => ({ name: record ?? alert, expr })))("$name reads what exists", ({ expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  });

  test("would not pass with a name or a label that does not exist", () => {
    expect(unknownIn('sum by (job, colour) (rate(sluice_outcomes_total{kind="joined",size="xl"}[5m])) / sluice_nothing')).toEqual([
      "sluice_outcomes_total{size}",
      "metric sluice_nothing",
      "label colour",
    ]);
  });
});

test("the PrometheusRule is what the rule files say (if not: node scripts/prometheus-rule.ts)", () => {
  expect(readFileSync(PROMETHEUS_RULE_FILE, "utf8")).toBe(prometheusRuleText());
});

test("the ServiceMonitor selects what the PrometheusRule is labelled with, at the path of the metrics", () => {
  const monitor = parse(readFileSync(new URL("service-monitor.yaml", PROMETHEUS_RULE_FILE), "utf8"));
  const rule = parse(readFileSync(PROMETHEUS_RULE_FILE, "utf8"));
  expect(monitor.spec.selector.matchLabels).toEqual(rule.metadata.labels);
  expect(monitor.spec.endpoints).toEqual([{ port: "admin", path: "/metrics", interval: "15s" }]);
});
