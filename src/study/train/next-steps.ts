// What to do about what a training found: try the model on rows it has not seen, or collect labels and use what is simpler meanwhile.
import type { NextStep } from "../evaluate/about.ts";
import { USUAL_LABELS } from "./advice.ts";
import type { TrainingReport } from "./report.ts";

/** How the caller's commands and configuration are written. */
export interface TrainingWays {
  readonly again: string; // this training
  readonly evaluate: string; // the model on other rows, beside v7
  readonly watch: string;
  readonly useModel: readonly string[]; // lines of sluice.yaml
  readonly useLength: readonly string[];
  readonly useWeak: readonly string[];
}

export function nextAfterTraining({ advice: { use }, rows }: TrainingReport, ways: TrainingWays): readonly NextStep[] {
  const missing = USUAL_LABELS - rows;
  const more =
    missing > 0
      ? `collect about ${missing.toLocaleString("en-US")} more labels and train again`
      : "collect labels of other traffic, or label by what the answers were worth, and train again";
  const step = (what: string, commands: readonly string[], config: readonly string[]) => [{ policies: [], what, commands, config }];
  switch (use) {
    case "learned":
      return step(
        "evaluate the model on rows it was not trained on; where it routes, put this into sluice.yaml and watch its share",
        [ways.evaluate, ways.watch],
        ways.useModel,
      );
    case "length":
      return step(`${more}; until then let length decide`, [ways.again], ways.useLength);
    case "none":
      return step(`${more}; until then one tier is as good and simpler`, [ways.again], ways.useWeak);
  }
}
