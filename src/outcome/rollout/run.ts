// Keeps the rollout of the configuration in force: opens its file, judges it every second, by itself or together with other replicas,
// writes what has changed, and tells log and metrics of each change. Without a rollout it has nothing to do.
import { createHash } from "node:crypto";
import { BECAUSE } from "../../request/rollout/stages.ts";
import type { DecidedRequest } from "../../request/routing/decided-request.ts";
import type { SharedTallies } from "../../state/shared-tally.ts";
import type { Outcome } from "../join/outcome.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { LaterWord } from "./events.ts";
import { keptFile } from "./kept-file.ts";
import type { Change, ChangeAction, KeptRollout } from "./kept-rollout.ts";
import { type ActionResult, createRollout, type PlannedRollout, type Rollout } from "./rollouts.ts";
import { afterRestart, type SharedNews } from "./shared-rollout.ts";
import { FILE_BECAUSE, type RolloutStatus } from "./status.ts";

export interface RunningRolloutDeps {
  readonly isHeard: () => boolean; // Envoy's access log reaches this process
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onChange?: (change: Pick<Change, "action" | "guards"> & { readonly because: string }) => void; // in words
  readonly stores?: SharedTallies; // by which replicas judge together
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
  stores,
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
  const onNews = (what: SharedNews, { settings: { name } }: KeptRollout): void => {
    metrics.rolloutTogether(what);
    if (what === "alone")
      log.warn({ rollout: name }, "rollout: the store is away, so this process judges by itself, from what it knew last");
    if (what === "together") log.info({ rollout: name }, "rollout: judged together with all replicas");
    if (what === "overruled")
      log.warn({ rollout: name }, "rollout: what was done while the store was away is given up for what others did");
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
      void current?.close(); // what it counted and has not told is in what is kept of it
      const before = found === "none" ? current?.kept() : found; // what came while the rest was made counts, too
      file = planned?.plan.file;
      const store = planned && stores?.of(sharedName(planned));
      const deps = { now, isHeard, onChange, onNews, ...(store && { store }) };
      current = planned && createRollout(planned, found !== "none" && found !== "bad" ? restarted(found, now()) : before, deps);
      save();
    },
    statuses: () => (current === undefined ? [] : [current.status()]),
    act: (action) => current?.act(action) ?? { kind: "refused", why: "the configuration has no `rollout`" },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await current?.close();
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

/** Replicas with the same rollout, and no others, judge together: another configuration is another rollout. */
function sharedName({ candidate, stable, plan: { settings } }: PlannedRollout): string {
  return `rollout:${createHash("sha256")
    .update(JSON.stringify([candidate, stable, settings]))
    .digest("hex")
    .slice(0, 32)}`;
}

/** As a process finds it that was not there when it was written. */
function restarted(found: KeptRollout, nowMs: number): KeptRollout {
  return found.shared === undefined ? found : { ...found, shared: afterRestart(found.shared, found.settings, nowMs) };
}

function inWords(because: Change["because"]): string {
  return because === "file" ? FILE_BECAUSE : BECAUSE[because];
}
