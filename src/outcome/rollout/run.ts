// Keeps the rollout of the configuration in force: opens its file, judges it every second, writes what has changed, and tells log and
// metrics of each change. Without a rollout it has nothing to do.
import { BECAUSE } from "../../request/rollout/stages.ts";
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { Outcome } from "../join/outcome.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { LaterWord } from "./events.ts";
import { keptFile } from "./kept-file.ts";
import type { Change, ChangeAction, KeptRollout } from "./kept-rollout.ts";
import { type ActionResult, createRollout, type PlannedRollout, type Rollout } from "./rollouts.ts";
import { FILE_BECAUSE, type RolloutStatus } from "./status.ts";

export interface RunningRolloutDeps {
  readonly isHeard: () => boolean; // Envoy's access log reaches this process
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onChange?: (change: Pick<Change, "action" | "guards"> & { readonly because: string }) => void; // in words
  readonly now?: () => number; // in tests
  readonly everyMs?: number;
}

export interface RunningRollout {
  /** On the request path. */
  standing(): Rollout["standing"];
  decided(request: DecidedRequest): void;
  outcome(outcome: Outcome): void;
  word(requestId: string, word: LaterWord): void;
  /** Reads what is kept of this one, which is to be in force. */
  prepare(planned: PlannedRollout | undefined): Promise<void>;
  /** What was prepared is in force, as are the configuration's other parts. */
  takesEffect(): void;
  statuses(): readonly RolloutStatus[]; // none: nothing is rolled out
  act(action: ChangeAction): ActionResult;
  /** Counts nothing more, and writes what it has. */
  close(): Promise<void>;
}

interface Prepared {
  readonly planned: PlannedRollout | undefined;
  readonly found: KeptRollout | "none" | "bad";
}

const EVERY_MS = 1000;
const NOTHING = { share: 0, isOver: true } as const;

export function runRollout({
  isHeard,
  metrics,
  log,
  onChange: told,
  now = Date.now,
  everyMs = EVERY_MS,
}: RunningRolloutDeps): RunningRollout {
  let current: Rollout | undefined;
  let file: string | undefined;
  let prepared: Prepared = { planned: undefined, found: "none" };
  let isClosed = false;
  const keeper = keptFile(metrics, log);

  const save = (): void => {
    if (current !== undefined && file !== undefined) keeper.save(file, current.kept());
  };
  const onChange = (change: Change, rollout: KeptRollout): void => {
    const { action, because } = change;
    metrics.rolloutChanged(action, because);
    log[action === "rollback" || because === "split" || because === "harm" ? "warn" : "info"](fieldsOf(change, rollout), MESSAGES[action]);
    queueMicrotask(save); // behind whatever else this turn does
    told?.({ ...change, because: inWords(because) });
  };
  const timer = setInterval(() => {
    current?.judge();
    save();
  }, everyMs);
  timer.unref();
  metrics.rolloutStands(() => current?.status());

  return {
    standing: () => current?.standing ?? NOTHING,
    decided({ requestId, decision, measured }) {
      if (current === undefined || decision.arm === undefined || measured?.unit === undefined) return;
      current.decided(requestId, { arm: decision.arm, unit: measured.unit, decidedAtMs: now() });
    },
    outcome(outcome) {
      if (!isClosed) current?.outcome(outcome);
    },
    word: (requestId, word) => current?.word(requestId, word),
    async prepare(planned) {
      const path = planned?.plan.file;
      const isReadAnew = path !== undefined && (current === undefined || path !== file);
      prepared = { planned, found: isReadAnew ? await keeper.read(path) : "none" };
    },
    takesEffect() {
      const { planned, found } = prepared;
      if (planned === undefined) save();
      const before = found === "none" ? current?.kept() : found; // what came while the rest was made counts, too
      file = planned?.plan.file;
      current = planned && createRollout(planned, before, { now, isHeard, onChange });
      save();
    },
    statuses: () => (current === undefined ? [] : [current.status()]),
    act: (action) => current?.act(action) ?? { kind: "refused", why: "the configuration has no `rollout`" },
    async close() {
      isClosed = true;
      clearInterval(timer);
      save();
      await keeper.written();
    },
  };
}

const MESSAGES: Readonly<Record<ChangeAction, string>> = {
  start: "rollout: started",
  promote: "rollout: the next stage",
  hold: "rollout: held",
  rollback: "rollout: rolled back",
};

function fieldsOf({ action, because, guards }: Change, { candidate, settings, state }: KeptRollout): object {
  const { stage } = state.tally;
  const share = state.status === "rolled-back" ? 0 : settings.stages[stage]?.share;
  const found = guards.length === 0 ? {} : { guards };
  return {
    rollout: settings.name,
    candidate,
    action,
    stage,
    share,
    because: inWords(because),
    ...found,
  };
}

function inWords(because: Change["because"]): string {
  return because === "file" ? FILE_BECAUSE : BECAUSE[because];
}
