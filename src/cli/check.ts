// `sluice check`: reads a configuration and prints what would be served with it, or every problem at once. Serves nothing.
import { Command } from "commander";
import type { Price, TierConfig } from "../config/capabilities/tiers.ts";
import { type CertificateFiles, loadCertificate } from "../config/certificate.ts";
import type { Config } from "../config/config.ts";
import { loadWithFile } from "../config/load.ts";
import { paramsText } from "../config/param-edits.ts";
import { descriptorOf } from "../config/policies/list.ts";
import { linksOf, othersIn } from "../config/policies/others.ts";
import { ConfigInvalid } from "../config/problems.ts";
import { redacted } from "../config/redact.ts";
import { shapeText } from "../config/shapes.ts";
import { noticesOf, type Warning, warningsOf } from "../config/warnings.ts";
import type { SluiceError } from "../errors.ts";
import { ABILITIES } from "../request/guard/abilities.ts";
import { effectiveFile, markFor } from "./effective-file.ts";

export function checkCommand(): Command {
  return new Command("check")
    .description("check a configuration, and show what it comes to")
    .option("--config <file>", "configuration; without it, the defaults")
    .option("--json", "print one JSON object: the effective configuration and warnings, or the problems", false)
    .action(async (options: { config?: string; json: boolean }) => {
      const loaded = await loadWithFile(options.config).catch((error: unknown) => {
        if (options.json && error instanceof ConfigInvalid) print({ valid: false, problems: error.problems, count: error.count });
        throw error;
      });
      const { config } = loaded;
      await checkCertificates(config.listen).catch((error: SluiceError) => {
        if (options.json) print({ valid: false, problems: [{ path: "listen", message: error.message }], count: 1 });
        throw error;
      });
      if (options.json) return print({ valid: true, warnings: warningsOf(config), notices: noticesOf(config), config: redacted(config) });
      const mark = markFor(process.stdout.isTTY === true, process.env);
      const notices = noticesOf(config).map(({ path, message }) => `notice        ${path}: ${message}\n`);
      process.stdout.write(`${summary(config, warningsOf(config))}${notices.join("")}\n${effectiveFile(loaded, mark)}`);
    });
}

/** Throws a `tls-…` error. */
async function checkCertificates({ tls, adminTls }: Config["listen"]): Promise<void> {
  if (tls !== undefined) await loadCertificate("listen.tls", tls);
  if (adminTls !== undefined) await loadCertificate("listen.adminTls", adminTls);
}

function print(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

export type Row = readonly [label: string, value: string];

/** What will be served, for people: the active policy before the others, and warnings last. */
export function summary(config: Config, warnings: readonly Warning[]): string {
  const others = Object.keys(config.policies).filter((name) => name !== config.active);
  const links = new Set(linksOf(config.policies, config.active));
  const labelOf = (name: string) => (name === config.active ? "policy" : links.has(name) ? "  asks" : "not active");
  const rows: Row[] = [
    ["ext_proc", `${config.listen.extProc}${tlsText(config.listen.tls)}`],
    ["admin", `${config.listen.admin}${tlsText(config.listen.adminTls)}`],
    ...tierRows(config),
    ...[config.active, ...others].flatMap((name) => policyRows(config, labelOf(name), name)),
    ["limits", `${config.limits.maxBodyBytes} bytes a body, ${config.limits.bodyBudgetBytes} bytes in flight`],
    ...warnings.map(({ path, message }): Row => ["warning", `${path}: ${message}`]),
  ];
  return `${rows.map(([label, value]) => `${label.padEnd(14)}${value}`).join("\n")}\n`;
}

/** Behind the address of a port. */
export function tlsText(files: CertificateFiles | undefined): string {
  if (files === undefined) return "";
  return files.clientCaFile === undefined ? "; TLS" : "; TLS, for clients with a certificate";
}

/** Cheap first, and where a request goes that no policy can decide. */
export function tierRows({ tiers, defaultTier, unreadable }: Config): readonly Row[] {
  return [
    ...tiers.map((tier): Row => ["tier", tierText(tier)]),
    ["default tier", `${defaultTier}; unreadable JSON ${unreadable === "pass" ? "goes there" : "is refused with 400"}`],
  ];
}

/** What a tier is known to take needs no word. */
function tierText({ name, model, keepModel, params, shape, price, can, contextTokens }: TierConfig): string {
  const refused = ABILITIES.filter((ability) => can[ability] === false);
  const parts = [
    name,
    `model ${keepModel ? "kept" : (model ?? "dropped")}${paramsText(params)}${shapeText(shape)}`,
    priced(price),
    ...(refused.length === 0 ? [] : [`takes no ${refused.join(", ")}`]),
    ...(contextTokens === undefined ? [] : [`at most ${contextTokens} tokens`]),
  ];
  return parts.join("; ");
}

/** A policy in words. */
export function policyRows({ policies }: Config, label: string, name: string): readonly Row[] {
  const policy = policies[name];
  if (policy === undefined) return [];
  const [first, ...more] = descriptorOf(policy).summary(policy, othersIn(policies));
  return [[label, `${policy.id}: ${first}`], ...more.map((line): Row => ["", `  ${line}`])];
}

function priced({ inputPerMTok, cachedInputPerMTok, cacheWritePerMTok, outputPerMTok, perHour }: Price): string {
  const prices: readonly (readonly [dollars: number | undefined, unit: string])[] = [
    [inputPerMTok, "million input tokens"],
    [cachedInputPerMTok, "million read from a cache"],
    [cacheWritePerMTok, "million written to a cache"],
    [outputPerMTok, "million output tokens"],
    [perHour, "hour"],
  ];
  const parts = prices.flatMap(([dollars, unit]) => (dollars === undefined ? [] : [`$${dollars} per ${unit}`]));
  return parts.length === 0 ? "no price" : parts.join(", ");
}
