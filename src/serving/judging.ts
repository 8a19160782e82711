// What judges answers on their way, where the configuration has a cascade: wired to whoever keeps accounts of it.
import { type CascadeSettings, cascadeJudge, type Judged } from "../answer/cascade/cascade.ts";
import type { SharedFirsts } from "../answer/cascade/first-answers.ts";
import { answerJudges } from "../answer/checks/judges.ts";
import type { CascadeConfig } from "../config/capabilities/cascade.ts";
import type { Config } from "../config/config.ts";
import { type Judging, judgingBy } from "../envoy/extproc/judged-answers.ts";

export interface JudgingDeps {
  readonly config: () => Config; // in force
  readonly onJudged: (judged: Judged) => void;
  readonly sharedFirsts: SharedFirsts | undefined; // of a consensus, with other replicas
}

export function wireJudging({ config, onJudged, sharedFirsts }: JudgingDeps): Judging {
  let made: { readonly of: CascadeConfig; readonly settings: CascadeSettings } | undefined;
  const settings = (): CascadeSettings | undefined => {
    const { cascade } = config();
    if (cascade === undefined) return undefined;
    if (made?.of !== cascade) made = { of: cascade, settings: { ...cascade, judges: answerJudges(cascade.accept) } };
    return made.settings;
  };
  return judgingBy(cascadeJudge({ settings, now: () => performance.now(), onJudged, sharedFirsts }));
}
