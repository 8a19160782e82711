// What every policy is: a pure function from facts to a verdict, with what it needs measured stated up front.
import type { RequestFacts, Scope } from "../chat/facts.ts";

export type TierName = string;

export interface Verdict {
  readonly tier: TierName;
  readonly reason: string; // a metric label: from a small fixed set per policy
  readonly detail?: string; // what exactly, for the reason header and logs: the keyword that matched
}

/** One measured quantity beside its threshold, as `explain` shows it. */
export interface Signal {
  readonly name: string;
  readonly value: number;
  readonly threshold: number;
  readonly over: boolean;
}

export interface Policy {
  readonly keywords: readonly string[]; // lower case; what the scanner must look for
  readonly scope: Scope; // which text the facts are measured over
  decide(facts: RequestFacts): Verdict; // on the request path: allocates nothing but the verdict
  signals(facts: RequestFacts): readonly Signal[]; // every quantity the verdict rests on, in the order they are asked
}
