// What judges an answer on its way: told its pieces as they come, it says whether the client may have it, or another tier is asked.

/** `reason`: the check that spoke, as in metrics and logs; undefined: none had anything against it. */
export type Judgement = { readonly isGood: true } | { readonly isGood: false; readonly reason: string; readonly detail?: string };

/** One answer, read once. Nothing it holds grows with the answer. */
export interface AnswerJudge {
  /** A piece of the body, decoded; cut anywhere. The judgement once it can be no other, else undefined: go on holding. */
  push(piece: Uint8Array): Judgement | undefined;
  /** Nothing more is waited for: `ended`, the answer is whole; `held`, as long as it may be held, the rest is not known. */
  settle(why: "ended" | "held"): Judgement;
}

/** What is known of an answer before its body. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly request: Uint8Array | undefined; // the body it answers, where it is known
}

/** Made once per configuration, by `accept`; asked per answer. */
export interface AnswerJudges {
  judge(head: AnswerHead): AnswerJudge;
}
