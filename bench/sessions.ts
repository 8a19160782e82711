// `node bench/sessions.ts [--turns 60000] [--seed 1]`: what agents' sessions cost by request, with the first decision kept and with the
// session rule, on sessions made from published figures (src/study/sessions/generated.ts). Prints the table of docs/does-it-route.md.
import { parseArgs } from "node:util";
import { SESSION_DEFAULTS } from "../src/request/guard/session-rule.ts";
import { randomSource } from "../src/study/evaluate/random-source.ts";
import { sessionsReport } from "../src/study/report/sessions-table.ts";
import { GENERATED_POLICIES, generatedSessions } from "../src/study/sessions/generated.ts";
import { sessionEvaluation } from "../src/study/sessions/session-evaluation.ts";

/** List prices of Claude Haiku 4.5 and Opus 4.5 (2026-06): a cached token costs a tenth, one written to the cache a quarter more. */
const PRICES = [
  { tier: "weak", inputPerMTok: 1, cachedInputPerMTok: 0.1, cacheWritePerMTok: 1.25, outputPerMTok: 5 },
  { tier: "strong", inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 },
];

const { values } = parseArgs({ options: { turns: { type: "string" }, seed: { type: "string" } } });
const seed = Number(values.seed ?? 1);
const sessions = generatedSessions(Number(values.turns ?? 60_000), randomSource(seed));
const settings = { ...SESSION_DEFAULTS, prices: PRICES, policies: GENERATED_POLICIES, seed, resamples: 1000 };
process.stdout.write(
  sessionsReport(sessionEvaluation(sessions, settings, { files: [`generated, seed ${seed}`], skipped: 0, warnings: [] })),
);
