// What `sluice explain` is told of limits and of tiers that are not well (--limits, --failing, --late), in the place of what a running
// filter knows of them.
import { InvalidArgumentError } from "commander";
import type { LimitsOption } from "../config/routing-of.ts";
import type { Account } from "../request/guard/limits/account.ts";
import { createLedger } from "../request/guard/limits/ledger.ts";
import { type Limit, MICRO_DOLLARS } from "../request/guard/limits/limit.ts";
import type { TierName } from "../request/policy/policy.ts";
import { requireKnown } from "./told-session.ts";

/** What was used of a limit: so much of it in its unit, dollars for a budget, or a share of its amount. */
export interface ToldUse {
  readonly value: number;
  readonly isShare: boolean;
}

export interface ToldState {
  readonly limits: ReadonlyMap<string, ToldUse> | undefined; // by name; undefined: limits are not asked
  readonly failing: readonly TierName[];
  readonly late: readonly TierName[];
}

/** As `ToldState`, in amounts, with what the configuration makes of it. */
export interface StateGiven {
  readonly limits: readonly LimitUse[];
  readonly areLimitsAsked: boolean; // false: they are configured, and nothing was told of them
  readonly failing: readonly TierName[];
  readonly isFailingAsked: boolean; // false: no breaker is configured
  readonly late: readonly TierName[];
  readonly unlevelled: readonly TierName[]; // of `late`: those without a service level
}

export interface LimitUse extends Pick<Limit, "name" | "measure" | "per"> {
  readonly used: number; // in dollars, tokens or requests, as the next
  readonly amount: number;
}

/** `dear=1000,day=95%`. */
export function toldLimits(text: string): ReadonlyMap<string, ToldUse> {
  const uses = text.split(",").map((part): readonly [string, ToldUse] => {
    const [, name, value, percent] = /^\s*([^=\s]+)\s*=\s*(\d{1,15}(?:\.\d{1,6})?)(%?)\s*$/.exec(part) ?? [];
    if (name === undefined) throw new InvalidArgumentError("Give NAME=USED with commas between; USED in the limit's unit, or as 95%.");
    return [name, percent === "%" ? { value: Number(value) / 100, isShare: true } : { value: Number(value), isShare: false }];
  });
  return new Map(uses);
}

/** `weak,mid`. */
export function toldTiers(text: string): readonly TierName[] {
  return text.split(",").map((name) => name.trim());
}

/** Throws `limit-unknown` and `tier-unknown`. */
export function requireState({ limits = new Map(), failing, late }: ToldState, known: readonly Limit[], tiers: readonly TierName[]): void {
  for (const name of limits.keys()) {
    requireKnown(
      "limit-unknown",
      `--limits ${name}`,
      name,
      known.map((limit) => limit.name),
    );
  }
  for (const name of failing) requireKnown("tier-unknown", `--failing ${name}`, name, tiers);
  for (const name of late) requireKnown("tier-unknown", `--late ${name}`, name, tiers);
}

/** In the unit of `Limit`. */
export function usedOf({ amount, measure }: Limit, use: ToldUse | undefined): number {
  if (use === undefined) return 0;
  return Math.round(use.isShare ? use.value * amount : measure === "usd" ? use.value * MICRO_DOLLARS : use.value);
}

/** Every scope of a limit has used what is told of it; of the others nothing was used. Nothing is charged, and no budget is steered. */
export function limitsAsTold(told: ReadonlyMap<string, ToldUse>): LimitsOption {
  const ledger = createLedger();
  const memoryOf = (limit: Limit) => {
    const memory = ledger.memoryOf(limit);
    const account = usedUp(memory.accounts.open("", ALWAYS), usedOf(limit, told.get(limit.name)));
    return { ...memory, accounts: { ...memory.accounts, find: () => account } };
  };
  return { ledger: { ...ledger, memoryOf }, listener: { onMark() {}, onUnpriced() {} }, now: Date.now };
}

const ALWAYS = { key: "told", startMs: 0, endMs: Number.POSITIVE_INFINITY } as const;

function usedUp(account: Account, used: number): Account {
  account.figures.used = used;
  return account;
}

/** No request is let through to see whether a tier has healed. */
export function healthAsTold({ failing, late }: Pick<ToldState, "failing" | "late">) {
  return {
    breakers: {
      use() {},
      areClosed: failing.length === 0,
      isWell: (tier: TierName) => !failing.includes(tier),
      drawsProbe: () => false,
      ended() {},
      stateOf: (tier: TierName) => (failing.includes(tier) ? ("open" as const) : ("closed" as const)),
    },
    latencies: {
      use() {},
      areWell: late.length === 0,
      isSlow: (tier: TierName) => late.includes(tier),
      drawsProbe: () => false,
      waited() {},
      tiers: () => [],
    },
  };
}

interface Configured {
  readonly limits: readonly Limit[];
  readonly hasBreaker: boolean;
  readonly levelled: readonly TierName[]; // tiers with a service level
}

/** Undefined: nothing was told, and there is nothing that it could be told of. */
export function stateGiven({ limits: told, failing, late }: ToldState, configured: Configured): StateGiven | undefined {
  const { limits, hasBreaker, levelled } = configured;
  const areLimitsAsked = told !== undefined || limits.length === 0;
  if (limits.length === 0 && failing.length === 0 && late.length === 0) return undefined;
  const uses = limits.map((limit): LimitUse => {
    const { name, measure, per, amount } = limit;
    const unit = measure === "usd" ? MICRO_DOLLARS : 1;
    return { name, measure, per, used: usedOf(limit, told?.get(name)) / unit, amount: amount / unit };
  });
  return {
    limits: areLimitsAsked ? uses : [],
    areLimitsAsked,
    failing,
    isFailingAsked: hasBreaker,
    late,
    unlevelled: late.filter((tier) => !levelled.includes(tier)),
  };
}
