// A log whose truth is known: every request has the quality of both tiers, a policy decides, a share ε of the sessions goes to a tier at
// random, and only what was taken is kept.
import { randomSource } from "../../../src/study/evaluate/random-source.ts";
import { type Logged, unitsOf } from "../../../src/study/offpolicy/logged.ts";

export interface Known {
  readonly quality: readonly [weak: number, strong: number]; // 0 or 1 each
  readonly costUsd: readonly [weak: number, strong: number];
  readonly features: readonly number[];
}

export type Decides = (known: Known) => 0 | 1;

export interface SimulatedLog {
  readonly logged: Logged;
  readonly rewards: Float64Array;
  readonly costs: Float64Array;
  readonly requests: readonly Known[];
}

/** Requests that get harder with their length and with the words in them; strong fails seldom, weak where it is hard. */
export function madeRequests(count: number, seed: number): readonly Known[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => {
    const [length, words] = [random(), random()];
    const hard = 0.15 + 0.5 * length + 0.3 * words * words;
    const luck = random();
    const strong = luck < 1 - 0.35 * hard ? 1 : 0;
    const weak = luck < 1 - hard || random() < 0.04 ? 1 : 0;
    return { quality: [weak, strong], costUsd: [0.0001 * (1 + length), 0.003 * (1 + length)], features: [length, words, random()] };
  });
}

export interface Simulation {
  readonly from: readonly Known[];
  readonly rows: number;
  readonly share: number; // ε
  readonly perSession: number; // requests that share one draw
  readonly policy: Decides; // in force
  readonly seed: number;
}

/** Requests are drawn anew, with replacement: the truth of a policy is its mean over all of `from`. */
export function simulatedLog({ from, rows, share, perSession, policy, seed }: Simulation): SimulatedLog {
  const random = randomSource(seed);
  const taken = new Uint8Array(rows);
  const propensity = new Float64Array(rows);
  const sessions = new Uint32Array(rows);
  const rewards = new Float64Array(rows);
  const costs = new Float64Array(rows);
  const requests: Known[] = [];
  const width = from[0]?.features.length ?? 0;
  const values = new Float64Array(rows * width);
  let [drawn, tier] = [false, 0 as 0 | 1];
  for (let row = 0; row < rows; row++) {
    if (row % perSession === 0) [drawn, tier] = [random() < share, random() < 0.5 ? 0 : 1];
    const known = from[Math.floor(random() * from.length)] as Known;
    const own = policy(known);
    const chosen = drawn ? tier : own;
    requests.push(known);
    taken[row] = chosen;
    propensity[row] = chosen === own ? 1 - share / 2 : share / 2;
    sessions[row] = Math.floor(row / perSession);
    rewards[row] = known.quality[chosen];
    costs[row] = known.costUsd[chosen];
    for (let k = 0; k < width; k++) values[row * width + k] = known.features[k] ?? 0;
  }
  const logged = { rows, tiers: 2, taken, propensity, units: unitsOf(sessions), features: { values, width } };
  return { logged, rewards, costs, requests };
}

export function meanOf(requests: readonly Known[], policy: Decides, of: "quality" | "costUsd"): number {
  return requests.reduce((sum, known) => sum + known[of][policy(known)], 0) / requests.length;
}
