// What several replicas count together, and a record that all of them agree on. Each writes its own part, which only it writes; their sum
// is what all have counted. What must be counted once by all of them is claimed: whoever claims it first counts it.

export interface SharedTallies {
  /** Of what has this name. */
  of(name: string): SharedTally;
}

export interface SharedTally {
  /**
   * One round trip: leaves parts, claims, and gives the parts of all, as they stand behind it. All replicas see them grow in one order.
   * Where `version` is not the one that stands nothing is done, and the record that stands is given instead. Rejects when the store is
   * away; the same exchange again does no harm.
   */
  exchange(mine: Exchange): Promise<Exchanged>;
  /** Compare and set: `record` is what all agree on from now on, if the version that stands is `from`. Rejects as above. */
  agree(proposal: Proposal): Promise<Agreement>;
  /** Told when another replica has agreed on something, and when the store is back. */
  onNews(listener: () => void): void;
  /** Nothing more is told. */
  close(): void;
}

export interface Exchange {
  readonly version: number; // 0: none is known
  readonly epoch: string; // parts and claims of another one are not looked at
  readonly parts: readonly OwnPart[];
  readonly claimant: string;
  readonly claims: readonly Claim[];
}

/** One that is older than what the store has is not written. */
export interface OwnPart {
  readonly id: string;
  readonly sequence: number;
  readonly text: string;
}

export interface Claim {
  readonly set: number;
  readonly member: number;
}

export type Exchanged =
  | { readonly kind: "done"; readonly parts: readonly string[]; readonly granted: readonly boolean[] } // of each claim
  | Stands;

/** What all have agreed on. */
export interface Stands {
  readonly kind: "stands";
  readonly version: number; // 0: nothing yet
  readonly record: string; // empty: nothing yet
}

export interface Proposal {
  readonly from: number;
  readonly version: number; // over `from`
  readonly epoch: string;
  readonly record: string;
}

export type Agreement = { readonly kind: "agreed" } | Stands;
