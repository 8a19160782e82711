// What every policy is: a pure function from a request to a verdict, with what it needs measured stated up front.

import type { RequestFacts, Scope } from "../chat/facts.ts";
import type { Borders } from "../chat/keywords.ts";
import type { ParamEdit } from "../chat/params.ts";
import type { Shape } from "../chat/shape.ts";
import type { Topic } from "./learned/topics.ts";
import type { VectorKind, VectorSource, Vectors } from "./vectors.ts";

export type TierName = string;

export interface Verdict {
  readonly tier: TierName;
  readonly reason: string; // a metric label: from a small fixed set per policy
  readonly detail?: string; // what exactly, for the reason header and logs: the keyword or the rule that matched
  readonly score?: number; // how much the request asks for a stronger tier, in the policy's own unit; compared, never added
  readonly toCut?: number; // of a learned score: how far it is over its threshold; below it, negative
  readonly params?: readonly ParamEdit[]; // members to set in the body
  readonly cacheMs?: number; // how long its answer may be kept; 0: not at all
  readonly shape?: Shape | undefined; // instructions to add to it
  readonly propensity?: number; // of a randomised policy: the probability with which this tier was chosen
  readonly suffice?: readonly TierName[]; // of a policy that knows: all tiers that are good enough. Never empty; `tier` is one
  readonly cascade?: true; // its answer is judged, and the next tier of the cascade asked where it is bad
  readonly linkScore?: number; // in a chain: the score of that policy, which is none of the chain's
  readonly link?: string; // in a chain: the name and version of the policy that decided
}

/** One measured quantity beside its threshold, as `explain` shows it. */
export interface Signal {
  readonly name: string;
  readonly value: number;
  readonly threshold: number;
  readonly over: boolean;
}

/** What must be measured and kept for a policy. */
export interface Needs {
  readonly keywords: readonly string[]; // lower case; what the scanner must look for, in every scope below
  readonly borders?: ReadonlyMap<string, Borders>; // of keywords that are asked for at the borders of words only
  readonly scopes: readonly Scope[]; // whose texts are measured
  readonly params: readonly string[]; // names of the body's top-level members that verdicts may set, or that shapes go into
}

/** What a policy is asked about. Holds until the next request. */
export interface PolicyRequest {
  readonly facts: RequestFacts;
  readonly requestId: string | undefined; // `x-request-id`
  readonly path: string | undefined; // with its query
  readonly voter: number | undefined; // a hash of who sent it; undefined: nobody says
  readonly borders: ReadonlyMap<string, Borders>; // what the scanner asked of keywords: its hits fulfil it as far as ASCII goes
  header(name: string): string | undefined; // name in lower case
  text(scope: Scope): Uint8Array; // the joined text in UTF-8, as it is written; of a scope in `needs`
  topic?: Topic | undefined; // what a policy found it to be about: noted by whoever asks first, for others and the log
  readonly vectors?: Vectors | undefined; // of its texts, those that came in time
  foldedText(scope: Scope): Uint8Array | undefined; // as words are sought in it; undefined: that makes no difference
}

export interface Policy {
  readonly needs: Needs;
  /** On the request path: allocates nothing but the verdict. Undefined: the policy abstains. */
  decide(request: PolicyRequest): Verdict | undefined;
  /** It may be asked twice about a request: nothing stays behind, and it says the same. */
  readonly isRepeatable?: true;
  /** Of a policy that takes a vector: which one. It is taken where it is there, whether or not it is asked for. */
  readonly takesVector?: VectorKind;
  /** The vectors that it would have asked for of this request, before it decides. */
  vectorsWanted?(request: PolicyRequest): readonly VectorSource[];
  /** Every quantity the verdict rests on, in the order they are asked. */
  signals(request: PolicyRequest): readonly Signal[];
  /** Of a policy that moves its threshold by itself: where it stands. */
  liveThreshold?(): number;
  /** Of such a policy: the share of requests that it is to hold under the threshold. */
  keptShare?(): number;
  /** Of a policy that was trained, or asks one: whether this request's text was among what it was trained on. */
  hasSeen?(request: PolicyRequest): boolean;
  /** Of a policy that was trained: how its scores lay then, 0 %, 1 % … 100 % of them, and of how many rows. */
  readonly trainedScores?: { readonly rows: number; readonly quantiles: readonly number[] };
  /** Its score is the probability that `over` is needed, and `under` is not good enough. */
  readonly predicts?: { readonly under: TierName; readonly over: TierName };
  /** Of a policy that learns from what became of its requests. */
  readonly learner?: Learner;
  /** Of a chain: what it asks, in order. */
  readonly links?: readonly Link[];
}

/** Both are called behind the request path; requests that it did not decide are passed over. */
export interface Learner {
  /** The tier that was chosen has answered, or failed to. */
  ended(requestId: string, tier: TierName, worth: { readonly quality: number; readonly costUsd: number | undefined }): void;
  /** Somebody says how good the answer was, 0 to 1; before its end or after it. The last word counts. */
  rated(requestId: string, quality: number): void;
  /** What it knows of a request, as a prior is made of it; holds until the next. Undefined: it takes none. */
  knownOf?(request: PolicyRequest): ArrayLike<number>;
  /** Of one that learns with replicas that have the same policy. */
  readonly together?: LearnsTogether;
  /** Asked whenever somebody looks. */
  standing(): LearnerStanding;
}

export interface LearnerStanding {
  readonly qualityPerUsd: number; // what a US dollar is worth now
  readonly tiers: readonly { readonly tier: TierName; readonly requests: number }[]; // what is known of each, as so many of today's
}

export interface LearnsTogether {
  /** What was learned here, nothing of what was heard included. Undefined: nothing yet. */
  told(): LearnedPart | undefined;
  /** What each of the others says last: it takes the place of what they said before. */
  hears(parts: readonly LearnedPart[]): void;
  /** So often has what was learned been given up, since things had changed. */
  readonly forgotten: number;
  /** Another has seen that they have. */
  forget(): void;
}

export interface LearnedPart {
  readonly atMs: number; // since the epoch: when the sums weighed as they say
  readonly arms: readonly (readonly (readonly number[])[])[]; // of each tier its sums, in the order that the policy keeps
}

export interface Link {
  readonly id: string; // name and version
  readonly policy: Policy;
}

export const NO_NEEDS: Needs = { keywords: [], scopes: [], params: [] };
