// `sluice check`: reads a configuration and prints what would be served with it, or every problem at once. Serves nothing.
import { Command } from "commander";
import type { Config, PolicyConfig, Price } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigInvalid } from "../config/problems.ts";
import { redacted } from "../config/redact.ts";
import { type Warning, warningsOf } from "../config/warnings.ts";
import { paramsText, policySummary } from "./policy-summary.ts";

export function checkCommand(): Command {
  return new Command("check")
    .description("check a configuration, and show what it comes to")
    .option("--config <file>", "configuration; without it, the defaults")
    .option("--json", "print one JSON object: the effective configuration and warnings, or the problems", false)
    .action(async (options: { config?: string; json: boolean }) => {
      const config = await loadConfig(options.config).catch((error: unknown) => {
        if (options.json && error instanceof ConfigInvalid) print({ valid: false, problems: error.problems });
        throw error;
      });
      if (options.json) print({ valid: true, warnings: warningsOf(config), config: redacted(config) });
      else process.stdout.write(summary(config, warningsOf(config)));
    });
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

type Row = readonly [label: string, value: string];

/** What will be served, for people: the active policy before the others, and warnings last. */
export function summary(config: Config, warnings: readonly Warning[]): string {
  const others = Object.keys(config.policies).filter((name) => name !== config.active);
  const links = new Set(linksOf(config, config.active));
  const labelOf = (name: string) => (name === config.active ? "policy" : links.has(name) ? "  asks" : "not active");
  const rows: Row[] = [
    ["ext_proc", config.listen.extProc],
    ["admin", config.listen.admin],
    ...config.tiers.map(
      (tier): Row => ["tier", `${tier.name}; model ${tier.model ?? "dropped"}${paramsText(tier.params)}; ${priced(tier.price)}`],
    ),
    ["default tier", `${config.defaultTier}; unreadable JSON ${config.unreadable === "pass" ? "goes there" : "is refused with 400"}`],
    ...[config.active, ...others].flatMap((name) => policyRows(config, labelOf(name), config.policies[name])),
    ["limits", `${config.limits.maxBodyBytes} bytes a body, ${config.limits.bodyBudgetBytes} bytes in flight`],
    ...warnings.map(({ path, message }): Row => ["warning", `${path}: ${message}`]),
  ];
  return `${rows.map(([label, value]) => `${label.padEnd(14)}${value}`).join("\n")}\n`;
}

function policyRows(config: Config, label: string, policy: PolicyConfig | undefined): readonly Row[] {
  if (policy === undefined) return [];
  const [first, ...more] = policySummary(config, policy);
  return [[label, `${policy.id}: ${first}`], ...more.map((line): Row => ["", `  ${line}`])];
}

/** The policies that a chain asks, directly or not. */
function linksOf(config: Config, name: string): readonly string[] {
  const policy = config.policies[name];
  return policy?.type === "chain" ? policy.of.flatMap((link) => [link, ...linksOf(config, link)]) : [];
}

function priced({ inputPerMTok, outputPerMTok, perHour }: Price): string {
  const parts = [
    inputPerMTok === undefined ? "" : `$${inputPerMTok} per million input tokens`,
    outputPerMTok === undefined ? "" : `$${outputPerMTok} per million output tokens`,
    perHour === undefined ? "" : `$${perHour} per hour`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "no price" : parts.join(", ");
}
