// What a training is asked to do.
import type { Scope } from "../../request/chat/facts.ts";
import type { TrainingTarget } from "../../request/policy/learned/learned-model.ts";

export interface TrainSettings {
  readonly scope: Scope;
  readonly target: TrainingTarget;
  readonly weakShare: number; // the share that the model's cut is chosen for
  readonly newTopics: number; // share of the traffic that is of topics not among the rows: what families are chosen for
  readonly topics?: boolean; // the model shall tell the rows' groups as topics
  readonly seed: number;
  readonly force: boolean; // make a model against the advice
  readonly date: string; // written into the model
  readonly maxRows: number;
}

/** Where nobody says: one request in five of a topic that nobody labelled. */
export const USUAL_NEW_TOPICS = 0.2;
