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
const REPLACED_WITHIN_MS = 10_000;

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
    reconfigure() {
      for (const kind of kinds) kind.reconfigure();
    },
    async close(withinMs) {
      await Promise.all(kinds.map((kind) => kind.current()?.close(withinMs)));
    },
  };
}

interface Replaceable {
  current(): Sink | undefined;
  reconfigure(): void;
}

function replaceable<Config>(configNow: () => Config, open: (config: Config) => Sink | undefined): Replaceable {
  let config = configNow();
  let sink = open(config);
  return {
    current: () => sink,
    reconfigure() {
      const next = configNow();
      if (JSON.stringify(next) === JSON.stringify(config)) return;
      void sink?.close(REPLACED_WITHIN_MS);
      config = next;
      sink = open(config);
    },
  };
}
