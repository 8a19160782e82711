// `node bench/sessions.ts [--turns 60000] [--seed 1]`: what agents' sessions cost by request, with the first decision kept and with the
// session rule, on sessions made from published figures (src/study/sessions/generated.ts). Prints the table of docs/does-it-route.md.
import { parseArgs } from "node:util";
import { SESSION_DEFAULTS } from "../src/request/guard/session-rule.ts";
import { randomSource } from "../src/study/evaluate/random-source.ts";
import type { Estimate } from "../src/study/evaluate/result.ts";
import { sessionsReport } from "../src/study/report/sessions-table.ts";
import { GENERATED_POLICIES, generatedSessions } from "../src/study/sessions/generated.ts";
import { measuredWays } from "../src/study/sessions/measure.ts";
import { sessionEvaluation } from "../src/study/sessions/session-evaluation.ts";
import { printTable } from "./table.ts";

/** List prices of Claude Haiku and Opus (June 2026): a cached token costs a tenth, one written to the cache a quarter more. */
const PRICES = [
  { tier: "weak", inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 5 },
  { tier: "strong", inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 },
];

/** A weak tier that gives less off for cached tokens than the strong one: a switch down looks cheaper than it is. */
const CLOSE_PRICES = [
  { tier: "weak", inputPerMTok: 2, cachedInputPerMTok: 0.5, outputPerMTok: 8 },
  { tier: "strong", inputPerMTok: 3, cachedInputPerMTok: 0.3, cacheWritePerMTok: 3.75, outputPerMTok: 15 },
];

/** What the price of the cache is worth to the rule: going down whenever the policy says so, by the rule, and never with a warm cache. */
const LEAST_GAINS = [
  ["always down", Number.NEGATIVE_INFINITY],
  ["by the rule", SESSION_DEFAULTS.leastGainUsd],
  ["never with a warm cache", Number.POSITIVE_INFINITY],
] as const;

const { values } = parseArgs({ options: { turns: { type: "string" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? 1);
const sessions = generatedSessions(Number(values.turns ?? 60_000), randomSource(seed));
const settings = { ...SESSION_DEFAULTS, prices: PRICES, policies: GENERATED_POLICIES, seed, resamples: 1000 };
process.stdout.write(
  sessionsReport(sessionEvaluation(sessions, settings, { files: [`generated, seed ${seed}`], skipped: 0, warnings: [] })),
);

console.log("\nGoing down outside tool loops, a weak tier of close price (by question)");
const rows = LEAST_GAINS.map(([name, leastGainUsd]) => {
  const ways = measuredWays(sessions, { ...settings, prices: CLOSE_PRICES, leastGainUsd });
  const session = ways.find(({ way, policy }) => way === "session" && policy === "by question");
  const told = (estimate: Estimate | undefined) =>
    `${estimate?.value.toFixed(3)} [${estimate?.low.toFixed(3)}-${estimate?.high.toFixed(3)}]`;
  return [name, told(session?.costPerSession), told(session?.costOfAllStrong), told(session?.quality)];
});
printTable(["", "$ a session", "of all strong", "quality"], rows);
