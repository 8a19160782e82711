// Where finished requests go beside the metrics: decision log and spans, as the configuration in force has them.
import { decisionLog, type Sink, type SinkDeps } from "./decision-log.ts";
import { type DecisionLogSettings, namesReceiver, type TracesSettings } from "./settings.ts";

export interface SinksConfig {
  readonly decisionLog: DecisionLogSettings;
  readonly traces: TracesSettings;
  readonly audit?: object | undefined; // whoever audits wants to know what was said of an answer
  readonly tiers: readonly { readonly name: string; readonly model: string | undefined }[];
}

export interface SinksDeps extends SinkDeps {
  readonly config: () => SinksConfig; // in force
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Sinks extends Required<Sink> {
  /** The configuration has changed. What changed in it is opened anew; the old one writes what it has. */
  reconfigure(): Promise<void>;
}

/** How long one may take to hand on what it has when another takes its place. */
const REPLACED_WITHIN_MS = 5000;

export async function createSinks(deps: SinksDeps): Promise<Sinks> {
  const kinds = [
    await replaceable(
      () => ({ ...deps.config().decisionLog, words: deps.config().audit !== undefined }),
      async (config) => decisionLog(config, deps),
    ),
    await replaceable(
      () => deps.config().traces,
      (config) => tracesIfWanted(config, deps),
    ),
  ];
  return {
    outcome(outcome) {
      for (const kind of kinds) kind.current()?.outcome(outcome);
    },
    word(requestId, word) {
      for (const kind of kinds) kind.current()?.word?.(requestId, word);
    },
    reopen() {
      for (const kind of kinds) kind.current()?.reopen();
    },
    async reconfigure() {
      for (const kind of kinds) await kind.reconfigure();
    },
    async close(withinMs) {
      await Promise.all(kinds.map((kind) => kind.close(withinMs)));
    },
  };
}

/** Undefined: neither the configuration nor the environment names a receiver. OpenTelemetry is loaded for those who send spans: 12 MB. */
async function tracesIfWanted(config: TracesSettings, deps: SinksDeps): Promise<Sink | undefined> {
  if (config.endpoint === undefined && !namesReceiver(deps.env)) return undefined;
  const { traces } = await import("./traces.ts");
  const modelOf = (name: string) => deps.config().tiers.find((tier) => tier.name === name)?.model ?? name;
  return traces(config, { ...deps, modelOf });
}

interface Replaceable {
  current(): Sink | undefined;
  reconfigure(): Promise<void>;
  /** Waits for those replaced, too. */
  close(withinMs: number): Promise<void>;
}

async function replaceable<Config>(configNow: () => Config, open: (config: Config) => Promise<Sink | undefined>): Promise<Replaceable> {
  let config = configNow();
  let sink = await open(config);
  const replaced = new Set<Promise<void>>();
  const replace = (old: Sink) => {
    const closed = old.close(REPLACED_WITHIN_MS).finally(() => replaced.delete(closed));
    replaced.add(closed);
  };
  return {
    current: () => sink,
    async reconfigure() {
      const next = configNow();
      if (JSON.stringify(next) === JSON.stringify(config)) return;
      const opened = await open(next); // until then the old one takes what comes
      if (sink !== undefined) replace(sink);
      config = next;
      sink = opened;
    },
    async close(withinMs) {
      const ofReplaced = Promise.race([Promise.all(replaced), new Promise((resolve) => setTimeout(resolve, withinMs).unref())]);
      await Promise.all([sink?.close(withinMs), ofReplaced]);
    },
  };
}
