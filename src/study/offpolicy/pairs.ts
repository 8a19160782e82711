// Logged requests with the tiers that two policies chose for them, by column: the one in force and a candidate that was only watched, or
// any two that are asked again.
import type { LaterWord, LoggedRequest } from "../dataset/logged-request.ts";
import { Column, float64, uint8, uint32 } from "../evaluate/column.ts";
import { type Reward, rewardOf, saysBad } from "./reward.ts";

export interface PairsSettings {
  readonly tiers: readonly string[]; // cheap first
  readonly prices: readonly TokenPrice[]; // by tier
  readonly reward: Reward;
  readonly headers?: readonly string[]; // in lower case: requests are told apart by what these say, too
}

/** US dollars a million tokens; undefined: not known. */
export interface TokenPrice {
  readonly inputPerMTok: number | undefined;
  readonly cachedInputPerMTok?: number | undefined; // undefined: as the input
  readonly outputPerMTok: number | undefined;
}

/** What requests are told apart by. */
const SLICINGS = ["turn", "script", "length"] as const;
type Slicing = (typeof SLICINGS)[number];

export interface SlicedBy {
  readonly by: string;
  readonly of: Column<Uint8Array>; // by row, an index into `names`
  readonly names: readonly string[];
}

/** Of one header: the values beyond these are one slice. */
const MOST_VALUES = 50;
const OTHER_VALUES = "others";
export const NO_VALUE = "none";

export class Pairs {
  readonly #settings: PairsSettings;
  readonly before = new Column(uint8);
  readonly after = new Column(uint8);
  readonly taken = new Column(uint8);
  readonly propensity = new Column(float64); // NaN: not logged
  readonly costBefore = new Column(float64); // US dollars; NaN: not known
  readonly costAfter = new Column(float64);
  readonly unit = new Column(uint32);
  readonly #slices: readonly { readonly by: string; readonly nameOf: NameOf; readonly of: Column<Uint8Array>; readonly names: string[] }[];
  readonly rewards: number[] = [];
  readonly #rowOf = new Map<string, number>();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  constructor(settings: PairsSettings) {
    this.#settings = settings;
    const { headers = [] } = settings;
    const nameOf: readonly (readonly [string, NameOf])[] = [
      ...SLICINGS.map((by) => [by, (request: LoggedRequest) => sliceOf(by, request)] as const),
      ...headers.map((by) => [by, ({ facts }: LoggedRequest) => facts.part("headers").text(by) ?? NO_VALUE] as const),
    ];
    this.#slices = nameOf.map(([by, of]) => ({ by, nameOf: of, of: new Column(uint8), names: [] }));
  }

  /** `before`, `after`: the tiers' names. False: one of the tiers is none of the configuration. */
  add(request: LoggedRequest, before: string, after: string): boolean {
    const { tiers, reward } = this.#settings;
    const [first, second, taken] = [before, after, request.tier].map((tier) => tiers.indexOf(tier));
    if (first === undefined || second === undefined || taken === undefined || first < 0 || second < 0 || taken < 0) return false;
    this.#from = Math.min(this.#from, request.atMs);
    this.#to = Math.max(this.#to, request.atMs);
    this.#remember(request.requestId);
    this.before.push(first);
    this.after.push(second);
    this.taken.push(taken);
    this.propensity.push(request.propensity ?? Number.NaN);
    this.costBefore.push(this.#costOf(request, first));
    this.costAfter.push(this.#costOf(request, second));
    this.unit.push(request.facts.number("unit") ?? this.rows);
    for (const { nameOf, of, names } of this.#slices) of.push(numberOf(names, nameOf(request)));
    this.rewards.push(rewardOf(reward, request, taken, tiers.length));
    return true;
  }

  hear({ requestId, rating, signal }: LaterWord): void {
    const row = this.#rowOf.get(requestId);
    const { reward } = this.#settings;
    if (row === undefined) return;
    if (reward === "rating" && rating !== undefined) this.rewards[row] = (rating - 1) / 4;
    if (reward === "signals" && saysBad({ rating, signal })) this.rewards[row] = 0;
  }

  get rows(): number {
    return this.before.length;
  }

  get slices(): readonly SlicedBy[] {
    return this.#slices;
  }

  get days(): number {
    return Math.max(0, this.#to - this.#from) / 86_400_000;
  }

  /** The tokens that were used, at the tier's price: another tier's answer may be longer or shorter. */
  #costOf({ cost }: LoggedRequest, tier: number): number {
    const { inputPerMTok, cachedInputPerMTok, outputPerMTok } = this.#settings.prices[tier] ?? {};
    const [input, output] = [cost.number("inputTokens"), cost.number("outputTokens")];
    if (inputPerMTok === undefined || outputPerMTok === undefined || input === undefined || output === undefined) return Number.NaN;
    const cached = Math.min(input, cost.number("cachedInputTokens") ?? 0);
    return ((input - cached) * inputPerMTok + cached * (cachedInputPerMTok ?? inputPerMTok) + output * outputPerMTok) / 1e6;
  }

  #remember(requestId: string | undefined): void {
    if (requestId === undefined) return;
    this.#rowOf.set(requestId, this.rows);
    if (this.#rowOf.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#rowOf.keys()) return void this.#rowOf.delete(oldest);
  }
}

type NameOf = (request: LoggedRequest) => string;

function numberOf(names: string[], name: string): number {
  const known = names.indexOf(name);
  if (known >= 0) return known;
  return names.length < MOST_VALUES ? names.push(name) - 1 : numberOfOthers(names);
}

function numberOfOthers(names: string[]): number {
  const known = names.indexOf(OTHER_VALUES, MOST_VALUES);
  return known >= 0 ? known : names.push(OTHER_VALUES) - 1;
}

/** The last requests, of which something may be said later. */
const MOST_REMEMBERED = 200_000;
const [SHORT_CHARS, LONG_CHARS] = [200, 2000];

function sliceOf(slicing: Slicing, { facts, signals }: LoggedRequest): string {
  switch (slicing) {
    case "turn":
      return facts.text("turn") ?? "unknown";
    case "script":
      return facts.text("script") ?? "unknown";
    case "length": {
      const chars = facts.part("chars").number("all") ?? signals.number("chars");
      if (chars === undefined) return "unknown";
      return chars < SHORT_CHARS ? `under ${SHORT_CHARS} characters` : chars < LONG_CHARS ? "under 2,000 characters" : "longer";
    }
    default:
      return slicing satisfies never;
  }
}
