// What is noted of one policy while rows are read, beside its columns: whether it gives scores, its keywords' effects, its worst misroutes.
import type { PolicyRequest, TierName, Verdict } from "../../request/policy/policy.ts";
import { isMoved } from "./able-policy.ts";
import { KeywordTally } from "./keyword-tally.ts";
import type { Choice, RowQuality } from "./rows.ts";
import { ThresholdGrid } from "./threshold-grid.ts";
import { excerptOf, type PolicyOnTrial } from "./trial.ts";
import { withoutKeyword } from "./without-keyword.ts";
import { WorstMisroutes } from "./worst-misroutes.ts";

export interface TierOrder {
  readonly tiers: readonly TierName[]; // cheap first; the first is weak
  readonly defaultTier: TierName; // where a policy abstains
}

/** The row a policy is asked about. */
export interface AskedRow {
  readonly request: PolicyRequest;
  readonly quality: RowQuality;
  readonly row: number;
  readonly place: string;
  readonly textBytes: number;
  readonly weight: number; // requests that it stands for
}

export class PolicyRecord {
  readonly policy: PolicyOnTrial;
  readonly keywords: KeywordTally;
  readonly worst = new WorstMisroutes();
  readonly grid: ThresholdGrid | undefined;
  readonly #order: TierOrder;
  readonly #scoringLinks = new Set<string | undefined>();
  #unscored = 0;
  #scored = 0;
  #abstained = 0;
  #trainedOn = 0;
  #moved = 0;

  constructor(policy: PolicyOnTrial, order: TierOrder, sweep: boolean) {
    this.policy = policy;
    this.keywords = new KeywordTally(policy.policy.needs.keywords);
    this.grid = sweep && policy.threshold !== undefined ? new ThresholdGrid(policy.threshold) : undefined;
    this.#order = order;
  }

  /** Asks the policy and notes what it said. */
  decide(asked: AskedRow): Choice {
    const { request, quality } = asked;
    const verdict = this.policy.policy.decide(request);
    const tier = this.#tierOf(verdict);
    if (verdict?.score === undefined) this.#unscored++;
    else {
      this.#scored++;
      this.#scoringLinks.add(verdict.link);
    }
    if (verdict === undefined) this.#abstained++;
    if (isMoved(verdict)) this.#moved++;
    if (this.policy.policy.hasSeen?.(request) === true) this.#trainedOn++;
    this.#noteKeywords(asked, tier);
    this.#noteMisroute(asked, verdict, tier);
    this.grid?.add(request, quality, asked.textBytes, asked.weight);
    return { tier, score: verdict?.score };
  }

  /** Asks the policy and notes nothing. */
  tierFor(request: PolicyRequest): number {
    return this.#tierOf(this.policy.policy.decide(request));
  }

  /** Whether its scores order the rows: every row has one, all in one unit. */
  get graded(): boolean {
    return this.#scored > 0 && this.#unscored === 0 && this.#scoringLinks.size === 1;
  }

  /** Rows on which it abstained. */
  get abstained(): number {
    return this.#abstained;
  }

  /** Rows that the tier it decided for cannot take. */
  get moved(): number {
    return this.#moved;
  }

  /** Rows that it was trained on. */
  get trainedOn(): number {
    return this.#trainedOn;
  }

  /** Rows with a score, and whether these come from several links. */
  get scored(): { readonly rows: number; readonly mixed: boolean } {
    return { rows: this.#scored, mixed: this.#scoringLinks.size > 1 };
  }

  #tierOf(verdict: Verdict | undefined): number {
    const { tiers, defaultTier } = this.#order;
    const tier = tiers.indexOf(verdict?.tier ?? defaultTier);
    if (tier < 0)
      throw new Error(`invariant: the policy ${this.policy.name} decides for a known tier, not for ${verdict?.tier ?? defaultTier}`);
    return tier;
  }

  #noteKeywords({ request, quality, weight }: AskedRow, tier: number): void {
    const { facts } = request;
    const found = new Set(this.policy.policy.needs.scopes.flatMap((scope) => facts.texts[scope]?.keywordHits ?? []));
    if (found.size === 0) return;
    for (const keyword of this.keywords.own([...found])) {
      this.keywords.found(keyword);
      if (tier === 0) continue;
      const without = this.policy.policy.decide(withoutKeyword(request, keyword));
      if (this.#tierOf(without) === 0) this.keywords.decided(keyword, quality.gain > 0, weight);
    }
  }

  #noteMisroute({ request, quality, row, place }: AskedRow, verdict: Verdict | undefined, tier: number): void {
    const needsStrong = quality.gain > 0;
    if (needsStrong === tier > 0) return;
    const candidate = {
      kind: needsStrong ? ("FN" as const) : ("FP" as const),
      row,
      loss: Math.abs(quality.gain),
      score: verdict?.score ?? Math.min(tier, 1),
    };
    this.worst.offer(candidate, () => ({ place, excerpt: excerptOf(request), reason: reasonOf(verdict) }));
  }
}

function reasonOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "abstained";
  return verdict.detail === undefined ? verdict.reason : `${verdict.reason}: ${verdict.detail}`;
}
