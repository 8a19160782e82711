// Where finished requests go beside the metrics: decision log and spans, as the configuration in force has them.
import { decisionLog, type Sink, type SinkDeps } from "./decision-log.ts";
import type { DecisionLogSettings, TracesSettings } from "./settings.ts";
import { traces } from "./traces.ts";

export interface SinksConfig {
  readonly decisionLog: DecisionLogSettings;
  readonly traces: TracesSettings;
  readonly tiers: readonly { readonly name: string; readonly model: string | undefined }[];
}

export interface SinksDeps extends SinkDeps {
  readonly config: () => SinksConfig; // in force
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Sinks extends Sink {
  /** The configuration has changed. What changed in it is opened anew; the old one writes what it has. */
  reconfigure(): void;
}

/** How long one may take to hand on what it has when another takes its place. */
const REPLACED_WITHIN_MS = 5000;

export function createSinks(deps: SinksDeps): Sinks {
  const modelOf = (name: string) => deps.config().tiers.find((tier) => tier.name === name)?.model ?? name;
  const kinds = [
    replaceable(
      () => deps.config().decisionLog,
      (config) => decisionLog(config, deps),
    ),
    replaceable(
      () => deps.config().traces,
      (config) => traces(config, { ...deps, modelOf }),
    ),
  ];
  return {
    outcome(outcome) {
      for (const kind of kinds) kind.current()?.outcome(outcome);
    },
    reopen() {
      for (const kind of kinds) kind.current()?.reopen();
    },
    reconfigure() {
      for (const kind of kinds) kind.reconfigure();
    },
    async close(withinMs) {
      await Promise.all(kinds.map((kind) => kind.close(withinMs)));
    },
  };
}

interface Replaceable {
  current(): Sink | undefined;
  reconfigure(): void;
  /** Waits for those replaced, too. */
  close(withinMs: number): Promise<void>;
}

function replaceable<Config>(configNow: () => Config, open: (config: Config) => Sink | undefined): Replaceable {
  let config = configNow();
  let sink = open(config);
  const replaced = new Set<Promise<void>>();
  const replace = (old: Sink) => {
    const closed = old.close(REPLACED_WITHIN_MS).finally(() => replaced.delete(closed));
    replaced.add(closed);
  };
  return {
    current: () => sink,
    reconfigure() {
      const next = configNow();
      if (JSON.stringify(next) === JSON.stringify(config)) return;
      if (sink !== undefined) replace(sink);
      config = next;
      sink = open(config);
    },
    async close(withinMs) {
      const ofReplaced = Promise.race([Promise.all(replaced), new Promise((resolve) => setTimeout(resolve, withinMs).unref())]);
      await Promise.all([sink?.close(withinMs), ofReplaced]);
    },
  };
}
