// How far estimates from logged traffic can be trusted: requests whose quality with both tiers is known are logged as one policy would have
// sent them, a share of them at random, and other policies are judged from what was logged alone.
//   npm exec -- node bench/off-policy.ts --data FILE.jsonl.gz [--config FILE] [--policy v7 --policy learned:model.json] [--logged v7] \
//     [--requests 20000] [--runs 500]
import { isUtf8 } from "node:buffer";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config/load.ts";
import { policyNamed } from "../src/config/routing-of.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../src/request/chat/scanner.ts";
import type { Policy } from "../src/request/policy/policy.ts";
import { readExamples } from "../src/study/dataset/read-examples.ts";
import { randomSource } from "../src/study/evaluate/random-source.ts";
import { qualityOf } from "../src/study/evaluate/rows.ts";
import { ask, trialNeeds } from "../src/study/evaluate/trial.ts";
import { estimatesOf } from "../src/study/offpolicy/estimators.ts";
import { type Logged, unitsOf } from "../src/study/offpolicy/logged.ts";
import { predictedValues } from "../src/study/offpolicy/reward-model.ts";
import { effectiveUnits, weightsFor } from "../src/study/offpolicy/weights.ts";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    config: { type: "string" },
    policy: { type: "string", multiple: true, default: ["v7", "length"] },
    logged: { type: "string", default: "v7" },
    requests: { type: "string", default: "20000" },
    runs: { type: "string", default: "500" },
  },
  allowPositionals: false,
});
if (options.data === undefined) throw new Error("--data FILE is needed: rows with the scores of both tiers");

const config = await loadConfig(options.config);
const names = [...new Set([options.logged, ...options.policy])];
const policies = names.map((name) => {
  const { id, policy } = policyNamed(config, name);
  return { name, id, policy, threshold: undefined, scoreIsProbability: false };
});
const scanner = new ChatScanner({ ...trialNeeds(policies), envelopes: config.envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });

interface Known {
  readonly quality: readonly number[]; // by tier
  readonly features: readonly number[];
  readonly tiers: readonly number[]; // by policy
}

const known: Known[] = [];
for await (const example of readExamples([options.data])) {
  const asked = ask(scanner, example);
  if (asked.kind === "wrong") continue;
  const { weak, gain } = qualityOf(example.truth);
  const { facts } = asked.request;
  const [all, last] = [facts.texts.all?.chars ?? 0, facts.texts.last_user?.chars ?? 0];
  const tierOf = (policy: Policy) => (policy.decide(asked.request)?.tier === "weak" ? 0 : 1);
  const tiers = policies.map(({ policy }) => tierOf(policy));
  known.push({ quality: [weak, weak + gain], features: [Math.log1p(all), Math.log1p(last), Math.log1p(facts.inputTokens)], tiers });
}

const rows = Number(options.requests);
const runs = Number(options.runs);
const WIDTH = 3;

function simulated(share: number, seed: number): { logged: Logged; rewards: Float64Array; drawn: readonly Known[] } {
  const random = randomSource(seed);
  const drawn: Known[] = [];
  const [taken, propensity, rewards] = [new Uint8Array(rows), new Float64Array(rows), new Float64Array(rows)];
  const values = new Float64Array(rows * WIDTH);
  for (let row = 0; row < rows; row++) {
    const one = known[Math.floor(random() * known.length)];
    if (one === undefined) throw new Error("invariant: there are rows");
    const own = one.tiers[0] ?? 0;
    const tier = random() < share ? (random() < 0.5 ? 0 : 1) : own;
    drawn.push(one);
    taken[row] = tier;
    propensity[row] = tier === own ? 1 - share / 2 : share / 2;
    rewards[row] = one.quality[tier] ?? 0;
    values.set(one.features, row * WIDTH);
  }
  const logged = { rows, tiers: 2, taken, propensity, units: unitsOf([...taken.keys()]), features: { values, width: WIDTH } };
  return { logged, rewards, drawn };
}

console.log(`${known.length} rows of ${options.data}; ${runs} logs of ${rows} requests, decided by ${options.logged}`);
for (const share of [0.02, 0.1]) {
  for (const [at, { name }] of policies.entries()) {
    const truth = known.reduce((sum, { quality, tiers }) => sum + (quality[tiers[at] ?? 0] ?? 0), 0) / known.length;
    const strong = known.reduce((sum, { tiers }) => sum + (tiers[at] ?? 0), 0) / known.length;
    const held = { ips: 0, snips: 0, doublyRobust: 0 };
    const width = { ips: 0, snips: 0, doublyRobust: 0 };
    let first = "";
    for (let run = 0; run < runs; run++) {
      const { logged, rewards, drawn } = simulated(share, run * 2_654_435_761 + 17);
      const target = Uint8Array.from(drawn, ({ tiers }) => tiers[at] ?? 0);
      const weights = weightsFor(logged, target, Number.POSITIVE_INFINITY).of;
      const predicted = predictedValues(logged, rewards, target);
      const found = estimatesOf({ values: rewards, weights, units: logged.units, predicted });
      if (found === undefined) throw new Error("invariant: a log has rows");
      for (const estimator of ["ips", "snips", "doublyRobust"] as const) {
        const { low, high } = found[estimator];
        width[estimator] += (high - low) / 2 / runs;
        if (low <= truth && truth <= high) held[estimator]++;
      }
      const { value, low, high } = found.snips;
      if (run === 0)
        first = `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] from ${effectiveUnits(weights, logged.units).toFixed(0)}`;
    }
    const told = Object.entries(held).map(([estimator, count]) => {
      const half = width[estimator as keyof typeof width];
      return `${estimator} ${((100 * count) / runs).toFixed(1)} % (±${half.toFixed(3)})`;
    });
    const beside = `truth ${truth.toFixed(3)} at ${(100 * strong).toFixed(0)} % strong; first log ${first}`;
    console.log(`${share * 100} % ${name}: ${beside}; held ${told.join(", ")}`);
  }
}
