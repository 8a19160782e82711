// What limits cost a request: guards, what is held back, and the outcome that settles it, with quotas and budgets in memory. CPU time of a
// whole decision with them less one without, all in turns within each round, the median of the rounds with the spread.
// Run: node bench/limits.ts [rounds]
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import { limitedRouting, QUOTA, requestsTo, SEVERAL_LIMITS, THREE_QUOTAS } from "./limited-requests.ts";
import { printTable, type Spread, shown, spreadOf } from "./table.ts";

const RUNS = 20_000;

const requests = (limits: string) => requestsTo(limitedRouting(limits, createLedger()));
const MODES = {
  none: requests(""),
  "one quota": requests(`quotas: [${QUOTA}]`),
  "a quota that is used up": requests("quotas: [{ tier: strong, requests: 1, per: month }]"),
  "3 quotas, one by team": requests(THREE_QUOTAS),
  "3 quotas, 2 steered budgets": requests(SEVERAL_LIMITS),
  "the same, used up": requests(`${THREE_QUOTAS}\nbudgets: [{ usd: 50, per: day }, { usd: 100000, per: month }]`),
} as const;
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

function microsEach(mode: Mode): number {
  const next = MODES[mode];
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) next();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / RUNS;
}

function measured(rounds: number): readonly Spread[] {
  const times = new Map<Mode, number[]>(NAMES.map((mode) => [mode, []]));
  for (let round = -2; round < rounds; round++) {
    for (const mode of NAMES) {
      const micros = microsEach(mode);
      if (round >= 0) times.get(mode)?.push(micros);
    }
  }
  const none = times.get("none") ?? [];
  return NAMES.map((mode) =>
    spreadOf((times.get(mode) ?? []).map((micros, at) => micros - (mode === "none" ? 0 : (none[at] ?? Number.NaN)))),
  );
}

const spreads = measured(Number(process.argv[2] ?? 15));
console.log("A request decided, in µs, and what limits add: median [min–max]");
printTable(
  ["limits", "µs"],
  NAMES.map((name, at) => {
    const spread = spreads[at];
    return [name, spread === undefined ? "" : shown(spread)];
  }),
);
