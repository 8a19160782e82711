// Writes docs/reference.md from the code: every config key, preset, header, reason, metric, error and admin path. Run: npm run reference
import { writeFileSync } from "node:fs";
import { ADMIN_PATHS } from "../src/admin/paths.ts";
import { describeKeys } from "../src/config/keys.ts";
import { PRESETS } from "../src/config/presets.ts";
import { ERRORS } from "../src/errors.ts";
import { HEADER_PREFIX, NO_POLICY, POLICY_HEADER, REASON_HEADER, TIER_HEADER } from "../src/routing/decision.ts";
import { POLICY_REASONS, type ReasonMeaning, UNROUTED_REASONS } from "../src/routing/reasons.ts";
import { METRICS, type MetricDescription } from "../src/telemetry/catalogue.ts";

export const REFERENCE_FILE = new URL("../docs/reference.md", import.meta.url);

/** The whole document. */
export function referenceText(): string {
  const sections = [INTRODUCTION, configuration(), presets(), headers(), metrics(), adminPaths(), errors(), EXIT_CODES];
  return `${sections.join("\n\n")}\n`;
}

const INTRODUCTION = `# Reference

Made from the code by \`npm run reference\`; a test fails when it is out of date.`;

const EXIT_CODES = `## Exit codes

| Code | Meaning |
|---|---|
| 0 | fine |
| 1 | the work failed |
| 2 | wrong usage or configuration |

Results go to standard output, messages and the log to standard error.`;

function configuration(): string {
  const rows = describeKeys().map(({ key, type, default: value, meaning }) => [code(key), type, defaultOf(value), meaning]);
  return `## Configuration

One YAML file, given with \`--config\`. A policy must have a \`type\` and a tier a \`name\`; everything else is optional. Unknown keys are
refused with the nearest known one, and all problems are reported at once with their line and column. A changed file is taken over while
running, on SIGHUP too; one with problems changes nothing. The \`listen\` addresses take effect at the next start.

${table(["Key", "Type", "Default", "Meaning"], rows)}`;
}

/** Lists and maps say their default in their meaning. */
function defaultOf(value: unknown): string {
  return value === undefined || typeof value === "object" ? "" : code(String(value));
}

function presets(): string {
  const rows = Object.entries(PRESETS).map(([name, { keywords, maxChars, maxTurns }]) => [
    code(name),
    `${maxChars}`,
    `${maxTurns}`,
    keywords.join(" "),
  ]);
  return `## Presets of the threshold policy

An edition has 17 keywords, English 10 and Chinese 7; the Korean ones are the Chinese ones' counterparts. Which keywords v1, v3
and v5 had is not recorded: that they are the first 5, 10 and 15 of the list is our reading.

${table(["Preset", "maxChars", "maxTurns", "Keywords"], rows)}`;
}

function headers(): string {
  const rows = [
    [code(TIER_HEADER), "the tier's name; Envoy's routes match it"],
    [
      code(POLICY_HEADER),
      `name and version: \`main@v7\` when all settings are a preset's, else a hash over them; \`${NO_POLICY}\` when no policy was asked`,
    ],
    [code(REASON_HEADER), "why, from the lists below; for a keyword with the word itself behind a colon, percent-encoded"],
  ];
  const list = (reasons: readonly ReasonMeaning[]) =>
    table(
      ["Reason", "Meaning"],
      reasons.map(({ name, meaning }) => [code(name), meaning]),
    );
  return `## Request headers

Set on every request. Whatever else a client sends under \`${HEADER_PREFIX}\` is removed.

${table(["Header", "Value"], rows)}

Reasons a policy gives:

${list(POLICY_REASONS)}

Reasons for passing a request to the default tier unchanged, without asking a policy:

${list(UNROUTED_REASONS)}`;
}

function metrics(): string {
  const described: readonly MetricDescription[] = Object.values(METRICS);
  const rows = described.map(({ name, kind, labels, help }) => [code(name), kind, labels.map(code).join(", "), help]);
  return `## Metrics

On \`/metrics\`, beside those of Node.js and the process (\`nodejs_…\`, \`process_…\`). A counter keeps at most 500 sets of label
values; what comes later is counted under \`other\`.

${table(["Name", "Kind", "Labels", "Meaning"], rows)}`;
}

function adminPaths(): string {
  const rows = Object.entries(ADMIN_PATHS).map(([path, answer]) => [code(path), answer]);
  return `## Admin port\n\nRead-only: GET and HEAD.\n\n${table(["Path", "Answer"], rows)}`;
}

function errors(): string {
  const rows = Object.entries(ERRORS).map(([name, { exitCode, meaning, hint }]) => [code(name), `${exitCode}`, meaning, hint]);
  return `## Errors\n\n${table(["Code", "Exit code", "Meaning", "What to do"], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) writeFileSync(REFERENCE_FILE, referenceText());
