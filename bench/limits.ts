// What limits cost a request: guards, what is held back, and the outcome that settles it, with quotas and budgets in memory. CPU time of a
// whole decision with them less one without, all in turns within each round, the median of the rounds with the spread.
// Run: node bench/limits.ts [rounds]
import { randomBytes } from "node:crypto";
import { parseConfig } from "../src/config/load.ts";
import { routingOf } from "../src/config/routing-of.ts";
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import { type Routed, type Routing, routeBody } from "../src/request/routing/routing.ts";
import { printTable, type Spread, shown, spreadOf } from "./table.ts";

const RUNS = 20_000;
const PRICES =
  "tiers: [{ name: weak, price: { inputPerMTok: 1, outputPerMTok: 2 } }, { name: strong, price: { inputPerMTok: 5, outputPerMTok: 20 } }]";
const QUOTA = "{ tier: strong, requests: 1000000000, per: day }";
const SEVERAL = `${QUOTA}, { tier: weak, requests: 1000000000, per: day }, { name: team, by: x-team, tokens: 1000000000000, per: hour }`;
const USED_UP = "{ tier: strong, requests: 1, per: month }";

const routing = (more: string): Routing => {
  const limits = { ledger: createLedger(), listener: { onMark: () => {}, onUnpriced: () => {} }, now: Date.now };
  const made = routingOf(parseConfig(`${PRICES}\n${more}`, "bench"), { limits });
  made.limits?.takesEffect();
  return made;
};
const MODES = {
  none: routing(""),
  "one quota": routing(`quotas: [${QUOTA}]`),
  "a quota that is used up": routing(`quotas: [${USED_UP}]`),
  "3 quotas, one by team": routing(`quotas: [${SEVERAL}]`),
  "3 quotas, 2 steered budgets": routing(`quotas: [${SEVERAL}]\nbudgets: [{ usd: 50, per: day }, { usd: 100000, per: month }]`), // used up
  "the same with room": routing(`quotas: [${SEVERAL}]\nbudgets: [{ usd: 1000000, per: day }, { usd: 10000000, per: month }]`),
} as const;
type Mode = keyof typeof MODES;
const NAMES = Object.keys(MODES) as Mode[];

const BODY = Buffer.from(
  JSON.stringify({ max_tokens: 200, messages: [{ role: "user", content: "please design what is asked ".repeat(8) }] }),
);
const IDS = Array.from({ length: 1000 }, () => randomBytes(16).toString("hex"));
const ANSWER = { inputTokens: 60, outputTokens: 150, microUsd: 3300, isExact: true, wasDecided: true } as const;

/** With so many requests under way. */
const UNDER_WAY = 200;

function microsEach(mode: Mode): number {
  const { limits } = MODES[mode];
  const underWay: Pick<Routed, "decision" | "measured">[] = []; // as the join with the access log keeps them
  const before = process.cpuUsage();
  for (let run = 0; run < RUNS; run++) {
    const requestId = IDS[run % IDS.length] ?? "";
    const get = (name: string) =>
      name === ":path" ? "/v1/chat/completions" : name === "x-team" ? "a" : name === "x-request-id" ? requestId : undefined;
    const { decision, measured } = routeBody(MODES[mode], BODY, { get });
    limits?.decided({ requestId, decision, measured, bodyBytes: BODY.length });
    const ended = underWay[run % UNDER_WAY];
    underWay[run % UNDER_WAY] = { decision, measured };
    if (ended === undefined) continue;
    const answer = { kind: "answered", tier: ended.decision.tier, ...ANSWER } as const;
    limits?.settled(IDS[(run - UNDER_WAY) % IDS.length] ?? "", answer, ended.measured?.limits);
  }
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
