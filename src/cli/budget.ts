// `sluice budget`: how the quotas and budgets of a running sluice stand, and what they will have come to when their windows end.
import { Command } from "commander";
import { LIMIT_TITLES, limitRows } from "../outcome/live/limit-rows.ts";
import type { LiveLimit, LiveView } from "../outcome/live/view.ts";
import { type AdminOptions, adminTls, askAdmin, withAdminOptions } from "./admin-client.ts";

const NUMBERS_FROM = 3; // columns, which stand to the right
const NONE = "No quotas or budgets are configured: docs/limits.md says how.";

interface BudgetOptions extends AdminOptions {
  readonly json: boolean;
}

export function budgetCommand(): Command {
  return withAdminOptions(new Command("budget").description("show how the quotas and budgets of a running sluice stand"))
    .option("--json", "as JSON", false)
    .action(async ({ admin, json, ...files }: BudgetOptions) => {
      // A sluice that is too old to know limits has none.
      const { limits = [] } = (await askAdmin(admin, "/live", adminTls(files))) as Partial<LiveView>;
      process.stdout.write(json ? `${JSON.stringify(limits, null, 2)}\n` : budgetText(limits));
    });
}

/** A table, and below it what its figures are without. */
export function budgetText(limits: readonly LiveLimit[]): string {
  if (limits.length === 0) return `${NONE}\n`;
  const rows = [LIMIT_TITLES, ...limitRows(limits).map(({ cells, isBad }) => (isBad ? [...cells, "!"] : cells))];
  const widths = LIMIT_TITLES.map((_, at) => Math.max(...rows.map((cells) => (cells[at] ?? "").length)));
  const padded = (cell: string, at: number) => (at < NUMBERS_FROM ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0));
  return [...rows.map((cells) => cells.map(padded).join("  ").trimEnd()), ...notes(limits)].map((line) => `${line}\n`).join("");
}

function notes(limits: readonly LiveLimit[]): readonly string[] {
  const unpriced = limits.flatMap(({ name, scopes }) => {
    const requests = scopes.reduce((sum, scope) => sum + scope.unpriced, 0);
    return requests === 0 ? [] : [`${name} is without ${requests} requests, whose tier has no price`];
  });
  return unpriced.length === 0 ? [] : ["", ...unpriced];
}
