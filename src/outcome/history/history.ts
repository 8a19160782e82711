// Which policies decide, since when, and what made it so: the entries of a history, and what comes of one more. Pure.

/** The policies that decide, and what made it so. */
export interface Happening {
  readonly by: "start" | "reload" | "rollout";
  readonly active: string; // name and version
  readonly configuration?: string | undefined; // what `git hash-object` says of its file; undefined: the defaults
  readonly rollout?: RolloutThen | undefined; // undefined: nothing is rolled out
  readonly change?: RolloutChange | undefined; // where a rollout made it so
  readonly versions: readonly PolicyVersion[]; // of all that may be asked
}

export interface RolloutThen {
  readonly candidate: string; // name and version
  readonly share: number;
  readonly status: string;
}

export interface RolloutChange {
  readonly action: string;
  readonly because: string;
  readonly guards: readonly string[]; // that found harm
}

/** What stands behind a policy's name and version. */
export interface PolicyVersion {
  readonly policy: string; // name and version
  readonly settingsHash: string;
  readonly asks: readonly string[]; // other policies, directly or not; name and version
  readonly settings: unknown; // as they may be shown; null: too long to be kept
}

export interface HistoryEntry extends Omit<Happening, "versions"> {
  readonly at: string; // ISO 8601
  readonly processes?: readonly number[] | undefined; // of several, those that it happened to
}

export interface History {
  readonly entries: readonly HistoryEntry[]; // oldest first
  readonly versions: readonly PolicyVersion[]; // that any of them speaks of
}

export const NO_HISTORY: History = { entries: [], versions: [] };

/** Processes that read one file anew do so within it. */
const TOGETHER_MS = 60_000;
const MOST_SETTINGS = 64 << 10; // UTF-16 code units of JSON, of one version
const MOST_SETTINGS_OF_ALL = 2 << 20;

export interface Recording {
  readonly nowMs: number; // since the epoch
  readonly most: number; // entries that are kept
  readonly process?: number | undefined; // of several
}

/** The same object where nothing is another than before: a restart that changes nothing is none. */
export function recorded(history: History, happening: Happening, { nowMs, most, process }: Recording): History {
  const { versions, ...facts } = happening;
  const last = history.entries.at(-1);
  const ofProcess = history.entries.findLast(({ processes }) =>
    process === undefined ? processes === undefined : hasOne(processes, process),
  );
  if (ofProcess !== undefined && facts.by !== "rollout" && standing(ofProcess) === standing(facts)) return history;
  const entry: HistoryEntry = { at: new Date(nowMs).toISOString(), ...facts };
  if (process === undefined) return kept([...history.entries, entry], [...history.versions, ...versions], most);
  const joins =
    last !== undefined && !hasOne(last.processes, process) && said(last) === said(facts) && nowMs - Date.parse(last.at) < TOGETHER_MS;
  const before = joins ? history.entries.slice(0, -1) : history.entries;
  const one = joins
    ? { ...last, processes: [...(last.processes ?? []), process].sort((a, b) => a - b) }
    : { ...entry, processes: [process] };
  return kept([...before, one], [...history.versions, ...versions], most);
}

function hasOne(processes: readonly number[] | undefined, process: number): boolean {
  return processes?.includes(process) === true;
}

/** What decides, as one text. */
function standing({ active, configuration, rollout }: Omit<Happening, "versions">): string {
  return JSON.stringify([active, configuration, rollout?.candidate, rollout?.share, rollout?.status]);
}

function said(facts: Omit<Happening, "versions">): string {
  return JSON.stringify([facts.by, standing(facts), facts.change?.action, facts.change?.because]);
}

/** The last entries, and what they speak of, each version once. */
function kept(all: readonly HistoryEntry[], versions: readonly PolicyVersion[], most: number): History {
  const entries = all.slice(-most);
  const known = new Map(versions.map((version) => [version.policy, version]));
  const deciding = new Set(entries.flatMap(({ active, rollout }) => (rollout === undefined ? [active] : [active, rollout.candidate])));
  const asked = new Set([...deciding].flatMap((policy) => [policy, ...(known.get(policy)?.asks ?? [])]));
  return { entries, versions: bounded([...known.values()].filter(({ policy }) => asked.has(policy))) };
}

/** Where all settings are too long together, those of the oldest are left out. */
function bounded(versions: readonly PolicyVersion[]): readonly PolicyVersion[] {
  let room = MOST_SETTINGS_OF_ALL;
  return versions
    .toReversed()
    .map((version) => {
      const length = JSON.stringify(version.settings ?? null).length;
      if (length > MOST_SETTINGS || length > room) return { ...version, settings: null };
      room -= length;
      return version;
    })
    .reverse();
}
