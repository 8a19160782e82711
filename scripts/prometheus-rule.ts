// Writes the PrometheusRule for the Prometheus operator from the plain rule files. Run: node scripts/prometheus-rule.ts
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";

export const RULES_FOLDER = new URL("../deploy/prometheus/rules/", import.meta.url);
export const PROMETHEUS_RULE_FILE = new URL("../deploy/prometheus/kubernetes/prometheus-rule.yaml", import.meta.url);

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The groups of all rule files, by the files' names. */
export function ruleGroups(): readonly RuleGroup[] {
  return readdirSync(RULES_FOLDER)
    .sort()
    .flatMap((file) => (parse(readFileSync(new URL(file, RULES_FOLDER), "utf8")) as { groups: RuleGroup[] }).groups);
}

export function prometheusRuleText(): string {
  const resource = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "sluice", labels: { "app.kubernetes.io/name": "sluice" } },
    spec: { groups: ruleGroups() },
  };
  return `# Made from ../rules by \`node scripts/prometheus-rule.ts\`: change those.\n${stringify(resource, { lineWidth: 130 })}`;
}

if (import.meta.main) writeFileSync(PROMETHEUS_RULE_FILE, prometheusRuleText());
