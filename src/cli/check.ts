// `sluice check`: reads a configuration and prints what would be served with it, or every problem at once. Serves nothing.
import { Command } from "commander";
import { activePolicy, type Config, type Price } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigInvalid } from "../config/problems.ts";
import { redacted } from "../config/redact.ts";

export function checkCommand(): Command {
  return new Command("check")
    .description("check a configuration, and show what it comes to")
    .option("--config <file>", "configuration; without it, the defaults")
    .option("--json", "print one JSON object: the effective configuration, or the problems", false)
    .action(async (options: { config?: string; json: boolean }) => {
      const config = await loadConfig(options.config).catch((error: unknown) => {
        if (options.json && error instanceof ConfigInvalid) print({ valid: false, problems: error.problems });
        throw error;
      });
      if (options.json) print({ valid: true, config: redacted(config) });
      else process.stdout.write(summary(config));
    });
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** What will be served, for people. */
export function summary(config: Config): string {
  const { id, keywords, maxChars, maxBytes, maxTurns, scope, under, over } = activePolicy(config);
  const others = Object.keys(config.policies).filter((name) => name !== config.active);
  const rows: [label: string, value: string][] = [
    ["ext_proc", config.listen.extProc],
    ["admin", config.listen.admin],
    ...config.tiers.map((tier): [string, string] => ["tier", `${tier.name}; model ${tier.model ?? "dropped"}; ${priced(tier.price)}`]),
    ["default tier", `${config.defaultTier}; unreadable JSON ${config.unreadable === "pass" ? "goes there" : "is refused with 400"}`],
    ["policy", `${id}: ${over} for ${keywords.length} keywords, or over ${thresholds(maxChars, maxBytes, maxTurns)}; else ${under}`],
    ["text read", scope],
    ...(others.length === 0 ? [] : [["not active", others.join(", ")] satisfies [string, string]]),
    ["limits", `${config.limits.maxBodyBytes} bytes a body, ${config.limits.bodyBudgetBytes} bytes in flight`],
  ];
  return `${rows.map(([label, value]) => `${label.padEnd(14)}${value}`).join("\n")}\n`;
}

function thresholds(maxChars: number, maxBytes: number | undefined, maxTurns: number): string {
  return [`${maxChars} characters`, ...(maxBytes === undefined ? [] : [`${maxBytes} bytes`]), `${maxTurns} messages`].join(", ");
}

function priced({ inputPerMTok, outputPerMTok, perHour }: Price): string {
  const parts = [
    inputPerMTok === undefined ? "" : `$${inputPerMTok} per million input tokens`,
    outputPerMTok === undefined ? "" : `$${outputPerMTok} per million output tokens`,
    perHour === undefined ? "" : `$${perHour} per hour`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "no price" : parts.join(", ");
}
