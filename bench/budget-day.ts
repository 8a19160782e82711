// A day with a daily cycle, whose requests would cost more than its budget: what is spent by hour, and the quality that is kept, where the
// budget is steered and where it only cuts at 100 %. The guards and the ledger are those of the server; requests and answers are drawn.
// Run: node bench/budget-day.ts [keep]   `keep` writes the figures of docs/pictures, which scripts/budget-picture.ts draws.
import { writeFileSync } from "node:fs";
import type { Guarded } from "../src/request/guard/guard.ts";
import { type LimitBook, limitBook } from "../src/request/guard/limits/book.ts";
import { createLedger } from "../src/request/guard/limits/ledger.ts";
import type { Limit } from "../src/request/guard/limits/limit.ts";
import type { PolicyRequest } from "../src/request/policy/policy.ts";
import type { Decision } from "../src/request/routing/decision.ts";
import { printTable } from "./table.ts";

const [HOUR, HOURS] = [3_600_000, 24];
const DAY = HOURS * HOUR;
const START = Date.parse("2026-11-29T00:00:00Z");
const REQUESTS = 20_000; // a day
const BUDGET_SHARE = 0.6; // of what the day would cost without one
const TIERS = [
  { name: "weak", price: { inputPerMTok: 0.1, outputPerMTok: 0.4 } },
  { name: "strong", price: { inputPerMTok: 3, outputPerMTok: 15 } },
];
const INPUT_TOKENS = 400;
/** Policies' score of a question, 0 to 1: from here on it is to go to strong. */
const THRESHOLD = 0.5;
const LATE = 18; // o'clock
/** How many questions a tier answers well: strong nearly all, weak the fewer the higher the score. */
const quality = (tier: string, score: number) => (tier === "strong" ? 0.95 : 0.95 - 0.6 * score);

export interface BudgetDay {
  readonly name: string;
  readonly spentUsd: readonly number[]; // so far, at the end of each hour
  readonly quality: readonly number[]; // mean of each hour; refused counts as 0
  readonly goodShare: number; // of the whole day
  readonly refused: number;
  readonly strongShare: number; // of those that wanted strong, how many got it: in the whole day, and from 18:00 on
  readonly lateStrongShare: number;
}

export interface BudgetDayFigures {
  readonly budgetUsd: number;
  readonly days: readonly BudgetDay[];
}

/** Numbers from 0 to 1, the same in every run. */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Most come in the afternoon: nineteen times as many as at night. */
function interval(now: number, random: number): number {
  const rate = 1 + 0.9 * Math.sin(((now % DAY) / DAY - 0.35) * 2 * Math.PI);
  return (DAY / REQUESTS / rate) * -Math.log(1 - random);
}

/** The last of `count` days in a row: the daily cycle has been learned by then. */
function lastDay(name: string, limits: readonly Limit[], count: number): BudgetDay {
  let now = START;
  const listener = { onMark: () => {}, onUnpriced: () => {} };
  const settings = { limits, timeZone: "UTC", order: "cheaper-first", maxScopes: 10 } as const;
  const book = limitBook({ settings, tiers: TIERS, ledger: createLedger(), now: () => now, listener });
  book.takesEffect();
  const random = randoms(7);
  const day = emptyDay();
  const from = START + (count - 1) * DAY;
  while (true) {
    now += interval(now, random());
    if (now >= START + count * DAY) return { name, ...day.figures() };
    const score = random();
    const outputTokens = Math.round(100 + 800 * random() ** 2);
    const { tier, microUsd } = asked(book, { requestId: `r${now}`, score, outputTokens });
    if (now >= from) day.add(Math.floor((now - from) / HOUR), { score, tier, microUsd });
  }
}

interface Question {
  readonly requestId: string;
  readonly score: number;
  readonly outputTokens: number; // of its answer
}

/** Decides, answers and settles it. `tier` undefined: it was refused. */
function asked(book: LimitBook, { requestId, score, outputTokens }: Question) {
  const facts = { inputTokens: INPUT_TOKENS, maxTokens: undefined, user: undefined, session: undefined };
  const request = { facts, requestId, header: () => undefined } as unknown as PolicyRequest;
  const first: Decision = { tier: score < THRESHOLD ? "weak" : "strong", policy: "p", reason: "r", score };
  const guarded: Guarded = { request, verdict: undefined, isLocked: false };
  const decision = book.guards.reduce((before, guard) => guard.checked(before, guarded), first);
  if (decision.refused !== undefined) return { tier: undefined, microUsd: 0 };
  const { tier } = decision;
  const note = book.noteOf(request);
  book.decided({ requestId, decision, measured: { limits: note }, bodyBytes: 1 });
  const price = TIERS.find(({ name }) => name === tier)?.price ?? { inputPerMTok: 0, outputPerMTok: 0 };
  const microUsd = INPUT_TOKENS * price.inputPerMTok + outputTokens * price.outputPerMTok;
  const answer = { inputTokens: INPUT_TOKENS, outputTokens, microUsd, isExact: true, wasDecided: true } as const;
  book.settled(requestId, { kind: "answered", tier, ...answer }, note);
  return { tier, microUsd };
}

function emptyDay() {
  const [spent, good, count, wanted, got] = Array.from({ length: 5 }, () => new Array<number>(HOURS).fill(0)) as Sums;
  let refused = 0;
  const add = (sums: number[], hour: number, by: number) => {
    sums[hour] = (sums[hour] ?? 0) + by;
  };
  return {
    add(hour: number, { score, tier, microUsd }: { score: number; tier: string | undefined; microUsd: number }) {
      add(spent, hour, microUsd / 1e6);
      add(count, hour, 1);
      if (tier === undefined) refused++;
      else add(good, hour, quality(tier, score));
      if (score < THRESHOLD) return;
      add(wanted, hour, 1);
      if (tier === "strong") add(got, hour, 1);
    },
    figures() {
      let sum = 0;
      const total = (parts: readonly number[]) => parts.reduce((whole, part) => whole + part, 0);
      const share = (parts: readonly number[], of: readonly number[]) => parts.map((part, hour) => part / (of[hour] || 1));
      return {
        spentUsd: spent.map((usd) => {
          sum += usd;
          return sum;
        }),
        ...{ quality: share(good, count), goodShare: total(good) / total(count), refused },
        ...{ strongShare: total(got) / total(wanted), lateStrongShare: total(got.slice(LATE)) / total(wanted.slice(LATE)) },
      };
    },
  };
}
type Sums = [number[], number[], number[], number[], number[]];

const BUDGET = { name: "day", kind: "budget", measure: "usd", per: "day", tier: undefined, by: undefined, warnAt: [0.8] } as const;

export function budgetDays(): BudgetDayFigures {
  const free = lastDay("no budget", [], 4);
  const budgetUsd = BUDGET_SHARE * (free.spentUsd.at(-1) ?? 0);
  const amount = Math.round(budgetUsd * 1e6);
  const steered: Limit = { ...BUDGET, amount, isHard: true, steering: "pace" };
  return {
    budgetUsd,
    days: [
      free,
      lastDay("steered", [steered], 4),
      lastDay("cut: to weak", [{ ...steered, tier: "strong", steering: "off", isHard: false }], 4),
      lastDay("cut: refused", [{ ...steered, steering: "off" }], 4),
    ],
  };
}

function print({ budgetUsd, days }: BudgetDayFigures): void {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const rows = days.map(({ name, spentUsd, quality: byHour, goodShare, strongShare, lateStrongShare, refused }) => {
    const usedUp = spentUsd.findIndex((usd) => usd >= 0.995 * budgetUsd);
    return [
      ...[
        name,
        `$${(spentUsd.at(-1) ?? 0).toFixed(2)}`,
        percent((spentUsd.at(-1) ?? 0) / budgetUsd),
        usedUp < 0 ? "–" : `${usedUp + 1}:00`,
      ],
      ...[percent(strongShare), percent(lateStrongShare), percent(goodShare), percent(Math.min(...byHour)), String(refused)],
    ];
  });
  console.log(`${REQUESTS} requests a day, a budget of $${budgetUsd.toFixed(2)}: ${percent(BUDGET_SHARE)} of what they come to`);
  const titles = [
    "the fourth day",
    "spent",
    "of budget",
    "used up by",
    "got strong",
    "from 18:00",
    "good answers",
    "worst hour",
    "refused",
  ];
  printTable(titles, rows);
}

if (import.meta.main) {
  const figures = budgetDays();
  print(figures);
  const rounded = (_: string, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(5)) : value);
  const file = new URL("../docs/pictures/budget-day.json", import.meta.url);
  if (process.argv[2] === "keep") writeFileSync(file, `${JSON.stringify(figures, rounded)}\n`);
}
