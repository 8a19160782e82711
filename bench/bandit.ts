// A bandit played in order on requests whose quality with both tiers is known, against the better of the two tiers alone: points of worth
// lost in each thousand requests, with 95 % intervals over the runs, each on rows drawn anew. `--drift`: the tiers change places half-way.
// And the time of a decision, and of what it is taught.
//   npm exec -- node bench/bandit.ts --data FILE.jsonl.gz [--config FILE --policy NAME] [--requests 10000] [--runs 20] [--strong-costs 0] \
//     [--drift] [--prior FILE, as `sluice evaluate --prior-out` writes it of other rows]
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config/load.ts";
import { policyNamed } from "../src/config/routing-of.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../src/request/chat/scanner.ts";
import { banditPolicy } from "../src/request/policy/bandit/policy.ts";
import { parsePrior } from "../src/request/policy/bandit/prior.ts";
import type { PolicyRequest } from "../src/request/policy/policy.ts";
import type { Example } from "../src/study/dataset/example.ts";
import { readExamples } from "../src/study/dataset/read-examples.ts";
import { randomSource } from "../src/study/evaluate/random-source.ts";
import { qualityOf } from "../src/study/evaluate/rows.ts";
import { ask, trialNeeds } from "../src/study/evaluate/trial.ts";

const { values: options } = parseArgs({
  options: {
    data: { type: "string", multiple: true, default: [] },
    config: { type: "string" },
    policy: { type: "string" },
    requests: { type: "string", default: "10000" },
    runs: { type: "string", default: "20" },
    "strong-costs": { type: "string", default: "0" },
    drift: { type: "boolean", default: false },
    prior: { type: "string" },
  },
  allowPositionals: false,
});
if (options.data.length === 0) throw new Error("--data FILE is needed: rows with the scores of both tiers");

const TIERS = ["weak", "strong"];
const STEP = 1000;
const REQUEST_MS = 60_000;
const requests = Number(options.requests);
const runs = Number(options.runs);
const strongCosts = Number(options["strong-costs"]); // in quality, of 1
const config = await loadConfig(options.config);
const named = options.policy === undefined ? undefined : policyNamed(config, options.policy);
const prior = options.prior === undefined ? undefined : priorIn(options.prior);
const probe = madeWith(
  () => 0.5,
  () => 0,
);
const judged = { name: "bandit", id: "bandit", policy: probe, threshold: undefined, scoreIsProbability: false };
const scanner = new ChatScanner({ ...trialNeeds([judged]), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });

interface Known {
  readonly example: Example;
  readonly worth: readonly [weak: number, strong: number];
}

const known: Known[] = [];
for await (const example of readExamples(options.data)) {
  if (ask(scanner, example).kind === "wrong") continue;
  const { weak, gain } = qualityOf(example.truth);
  known.push({ example, worth: [weak, weak + gain] });
}
const averages = [0, 1].map((tier) => known.reduce((sum, { worth }) => sum + (worth[tier] ?? 0), 0) / known.length);
console.log(
  `${known.length} rows; weak ${points(averages[0] ?? 0)}, strong ${points(averages[1] ?? 0)} less ${points(strongCosts)} of cost`,
);

const losses: Float64Array[] = [];
let decideNs = 0;
let teachNs = 0;
for (let run = 1; run <= runs; run++) losses.push(play(run));
console.log("requests      lost, points of 100    95 % interval over runs");
for (let from = 0; from < requests; from += STEP) {
  const each = losses.map((lost) => mean(lost.subarray(from, from + STEP)));
  const middle = mean(each);
  const error = Math.sqrt(mean(each.map((value) => (value - middle) ** 2)) / Math.max(1, runs - 1));
  const interval = `${points(middle - 1.96 * error)} to ${points(middle + 1.96 * error)}`;
  console.log(`${String(from + STEP).padStart(8)} ${points(middle).padStart(20)}       ${interval}`);
}
const us = (ns: number) => (ns / 1000 / (runs * requests)).toFixed(2);
console.log(`a decision ${us(decideNs)} µs, an outcome ${us(teachNs)} µs, by the clock`);

function madeWith(random: () => number, now: () => number) {
  const rule = {
    explore: 0.05,
    maxExplore: 0.3,
    halfLifeHours: 14 * 24,
    qualityPerUsd: 1,
    usdPer1000: undefined,
    prior,
    priorMass: 200,
  };
  return banditPolicy({ tiers: TIERS, score: options.policy, ...rule }, { random, now, link: named });
}

function priorIn(file: string) {
  const read = parsePrior(readFileSync(file, "utf8"));
  if (read.kind === "wrong") throw new Error(`${file} ${read.problem}`);
  return read.prior;
}

/** Lost at each request: worth of the tier that is best for all, less that of the chosen one. Rows are drawn with replacement. */
function play(seed: number): Float64Array {
  const random = randomSource(seed);
  let nowMs = 0;
  const policy = madeWith(random, () => nowMs);
  const lost = new Float64Array(requests);
  for (let at = 0; at < requests; at++) {
    nowMs += REQUEST_MS;
    const row = known[Math.floor(random() * known.length)];
    const asked = row && ask(scanner, { ...row.example, place: `${seed}-${at}` }); // the request's id
    if (row === undefined || asked?.kind !== "asked") throw new Error("invariant: every row that was kept can be asked about");
    const swap = options.drift && at >= requests / 2;
    const net = (tier: number) => (row.worth[swap ? 1 - tier : tier] ?? 0) - (tier === 1 ? strongCosts : 0);
    const average = (tier: number) => (averages[swap ? 1 - tier : tier] ?? 0) - (tier === 1 ? strongCosts : 0);
    const best = average(1) > average(0) ? 1 : 0;
    const chosen = timedPlay(policy, asked.request, net);
    lost[at] = net(best) - net(chosen);
  }
  return lost;
}

function timedPlay(policy: ReturnType<typeof madeWith>, request: PolicyRequest, net: (tier: number) => number): number {
  const started = process.hrtime.bigint();
  const tier = policy.decide(request)?.tier ?? "";
  const decided = process.hrtime.bigint();
  const chosen = TIERS.indexOf(tier);
  const costUsd = chosen === 1 ? strongCosts : 0;
  policy.learner?.ended(request.requestId ?? "", tier, { quality: net(chosen) + costUsd, costUsd });
  decideNs += Number(decided - started);
  teachNs += Number(process.hrtime.bigint() - decided);
  return chosen;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0;
  return sum / values.length;
}

function points(share: number): string {
  return (100 * share).toFixed(2);
}
