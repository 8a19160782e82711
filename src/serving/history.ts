// What a running sluice tells its history: with each start, each reload and each change of a rollout, which policies decide from then on.
import type { Config } from "../config/config.ts";
import { decidingIn } from "../config/deciding.ts";
import { gitBlob } from "../config/versions.ts";
import type { Happening, RolloutChange } from "../outcome/history/history.ts";
import { type HistoryDeps, type HistoryDesk, type HistoryRecorder, recordHistory } from "../outcome/history/recorder.ts";
import type { RolloutStatus } from "../outcome/rollout/status.ts";

export interface ToldHistory {
  /** A configuration is in force. `text`: of its file; undefined: the defaults. */
  takesEffect(by: "start" | "reload", config: Config, text: string | undefined): void;
  /** Behind the former. */
  rolloutChanged(change: RolloutChange): void;
  readonly shown: { readonly history?: HistoryRecorder["view"] }; // nothing: another process keeps it
  written(): Promise<void>;
}

/** `elsewhere`: who keeps it, where this process does not. */
export function toldHistory(
  settings: Config["history"],
  elsewhere: HistoryDesk | undefined,
  statuses: () => readonly RolloutStatus[],
  deps: HistoryDeps,
): ToldHistory {
  const recorder = elsewhere === undefined ? recordHistory({ file: settings.file, most: settings.most }, deps) : undefined;
  const desk = elsewhere ?? recorder;
  let inForce: Pick<Happening, "active" | "configuration" | "versions"> | undefined;

  const tell = (by: Happening["by"], change?: RolloutChange): void => {
    const [status] = statuses();
    const rollout = status && { candidate: status.candidate, share: status.share, status: status.status };
    if (inForce !== undefined) desk?.record({ by, ...inForce, ...(rollout && { rollout }), ...(change && { change }) });
  };
  return {
    shown: recorder === undefined ? {} : { history: recorder.view },
    written: async () => recorder?.written(),
    takesEffect(by, config, text) {
      inForce = { ...decidingIn(config), ...(text === undefined ? {} : { configuration: gitBlob(text) }) };
      tell(by);
    },
    rolloutChanged: (change) => tell("rollout", change),
  };
}
