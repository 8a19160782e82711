// Logged requests as they are read, by column: about 120 bytes a request, and one more for each policy that is judged.
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { LaterWord, LoggedRequest } from "../dataset/logged-request.ts";
import { Column, float64, uint8, uint32 } from "../evaluate/column.ts";
import type { PolicyOnTrial } from "../evaluate/trial.ts";
import { askAgain } from "./asked-again.ts";
import { type Logged, unitsOf } from "./logged.ts";
import type { Audited } from "./misroute-rate.ts";
import { type Reward, rewardOf, saysBad } from "./reward.ts";

export interface TrafficSettings {
  readonly policies: readonly PolicyOnTrial[];
  readonly scanner: ChatScanner;
  readonly tiers: readonly string[]; // cheap first
  readonly defaultTier: string; // where a policy abstains
  readonly reward: Reward;
}

/** What one policy would have done. */
export interface Judgeable {
  readonly target: Uint8Array; // by row; NOT_ASKED: the log lacks what it reads
  readonly asked: number;
  readonly lacks: string | undefined; // what the log lacked first, and where
}

export interface LeftOut {
  readonly chance: number; // the chance of their tier is not logged
  readonly tiers: number; // their tier is none of the configuration
}

export const NOT_ASKED = 255;
const [FREE, HELD, PINNED] = [0, 1, 2];
const FEATURES = 9;
/** Of so many of the last requests at least it is known which row they are, for what is said of them later. */
const REMEMBERED = 200_000;
const HASHES = 2 ** 32;

export class Traffic {
  readonly #settings: TrafficSettings;
  readonly #taken = new Column(uint8);
  readonly #wanted = new Column(uint8);
  readonly #held = new Column(uint8);
  readonly #propensity = new Column(float64);
  readonly #audit = new Column(float64); // NaN: not of the slice
  readonly #rewards: number[] = [];
  readonly #costs = new Column(float64);
  readonly #units = new Column(uint32);
  readonly #features = new Column(float64);
  readonly #targets: readonly { readonly tiers: Column<Uint8Array>; lacks: string | undefined; asked: number }[];
  readonly #active = new Map<string, number>();
  #newer = new Map<string, number>();
  #older = new Map<string, number>();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  #leftOut = { chance: 0, tiers: 0 };

  constructor(settings: TrafficSettings) {
    this.#settings = settings;
    this.#targets = settings.policies.map(() => ({ tiers: new Column(uint8), lacks: undefined, asked: 0 }));
  }

  add(request: LoggedRequest): void {
    const { tiers, reward } = this.#settings;
    const taken = tiers.indexOf(request.tier);
    const wanted = tiers.indexOf(request.wanted ?? request.tier);
    const held = heldBy(request);
    if (request.propensity === undefined && held === FREE) this.#leftOut.chance++;
    else if (taken < 0 || wanted < 0) this.#leftOut.tiers++;
    else {
      this.#from = Math.min(this.#from, request.atMs);
      this.#to = Math.max(this.#to, request.atMs);
      this.#active.set(request.policy, (this.#active.get(request.policy) ?? 0) + 1);
      this.#remember(request.requestId);
      this.#taken.push(taken);
      this.#wanted.push(wanted);
      this.#held.push(held);
      this.#propensity.push(held === FREE ? (request.propensity ?? 1) : 1);
      this.#audit.push(request.audit ?? Number.NaN);
      this.#rewards.push(rewardOf(reward, request, taken, tiers.length));
      this.#costs.push(request.cost.number("usd") ?? Number.NaN);
      this.#units.push(request.facts.number("unit") ?? this.#taken.length % HASHES);
      for (const feature of featuresOf(request)) this.#features.push(feature);
      for (const [at, { policy }] of this.#settings.policies.entries()) this.#ask(at, policy, request, held === FREE ? undefined : taken);
    }
  }

  /** Somebody said something of a request, behind it in the log. */
  hear({ requestId, rating, signal }: LaterWord): void {
    const row = this.#newer.get(requestId) ?? this.#older.get(requestId);
    const { reward } = this.#settings;
    if (row === undefined) return;
    if (reward === "rating" && rating !== undefined) this.#rewards[row] = (rating - 1) / 4;
    if (reward === "signals" && saysBad({ rating, signal })) this.#rewards[row] = 0;
  }

  get rows(): number {
    return this.#taken.length;
  }

  get days(): number {
    return Math.max(0, this.#to - this.#from) / 86_400_000;
  }

  get leftOut(): LeftOut {
    return this.#leftOut;
  }

  /** Policies that decided, the one with most requests first. */
  get active(): readonly string[] {
    return [...this.#active].toSorted(([, a], [, b]) => b - a).map(([policy]) => policy);
  }

  logged(): Logged {
    return {
      rows: this.rows,
      tiers: this.#settings.tiers.length,
      taken: this.#taken.values(),
      propensity: this.#propensity.values(),
      units: unitsOf(this.#units.values()),
      features: { values: this.#features.values(), width: FEATURES },
    };
  }

  rewards(): Float64Array {
    return Float64Array.from(this.#rewards);
  }

  costs(): Float64Array {
    return this.#costs.values();
  }

  /** Rows whose session was kept where it was: they weigh what the request weighs that brought it there. */
  isPinned(row: number): boolean {
    return this.#held.values()[row] === PINNED;
  }

  judgeable(policy: number): Judgeable {
    const target = this.#targets[policy];
    if (target === undefined) throw new Error("invariant: the policy is judged");
    return { target: target.tiers.values(), asked: target.asked, lacks: target.lacks };
  }

  audited(): Audited {
    const audit = this.#audit.values();
    const rows = [...audit.keys()].filter((row) => !Number.isNaN(audit[row]));
    const numbers = (values: ArrayLike<number>) => rows.map((row) => values[row] ?? Number.NaN);
    return {
      chance: Float64Array.from(numbers(audit)),
      wanted: Uint8Array.from(numbers(this.#wanted.values())),
      taken: Uint8Array.from(numbers(this.#taken.values())),
      good: Float64Array.from(numbers(this.#rewards)),
      units: unitsOf(numbers(this.#units.values())),
      tiers: this.#settings.tiers.length,
    };
  }

  #ask(at: number, policy: PolicyOnTrial["policy"], request: LoggedRequest, given: number | undefined): void {
    const target = this.#targets[at];
    if (target === undefined) return;
    if (given !== undefined) return target.tiers.push(given);
    const { tiers, defaultTier, scanner } = this.#settings;
    const asked = askAgain(policy, request, scanner);
    if (asked.kind === "not-logged") {
      target.lacks ??= `${asked.what} (${request.place})`;
      return target.tiers.push(NOT_ASKED);
    }
    target.asked++;
    target.tiers.push(tiers.indexOf(asked.tier ?? defaultTier));
  }

  #remember(requestId: string | undefined): void {
    if (requestId === undefined) return;
    this.#newer.set(requestId, this.rows);
    if (this.#newer.size >= REMEMBERED) [this.#older, this.#newer] = [this.#newer, new Map()];
  }
}

/** Where any policy would have come to the same tier: none was asked, or something else held the request. */
function heldBy({ policy, reason, propensity }: LoggedRequest): number {
  if (policy === "none") return HELD;
  if (propensity !== 1) return FREE;
  return reason === "pinned" ? PINNED : HELD;
}

/** What tells requests apart for a model of their answers; all logarithmic or 0 and 1. */
function featuresOf({ signals, facts, score }: LoggedRequest): readonly number[] {
  const flag = (is: boolean) => (is ? 1 : 0);
  return [
    Math.log1p(facts.part("chars").number("all") ?? signals.number("chars") ?? 0),
    Math.log1p(facts.part("chars").number("last_user") ?? 0),
    Math.log1p(signals.number("turns") ?? 1),
    Math.log1p(facts.number("inputTokens") ?? 0),
    flag(facts.flag("tools")),
    flag(facts.flag("json")),
    flag(signals.flag("stream")),
    flag(facts.text("script") === "latin"),
    score ?? 0,
  ];
}
