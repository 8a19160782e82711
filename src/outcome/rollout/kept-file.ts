// The file of a rollout, while it runs: written when something has changed, one write after the other. One that fails is logged once, and
// tried again.
import { rename } from "node:fs/promises";
import { replacedFile } from "../output/replaced-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type KeptRollout, keptText, readKept } from "./kept-rollout.ts";

export interface KeptFile {
  /** Of another path, or of none. `bad` was logged and counted. */
  read(path: string): Promise<KeptRollout | "none" | "bad">;
  save(path: string, rollout: KeptRollout): void;
  written(): Promise<void>;
}

export function keptFile(metrics: Metrics, log: Logger): KeptFile {
  let last = "";
  let isFailing = false;
  let writing = Promise.resolve();

  const write = async (path: string, text: string): Promise<void> => {
    try {
      await replacedFile(path, text);
      isFailing = false;
    } catch (err) {
      metrics.rolloutFile("failed");
      if (!isFailing) log.error({ path, err }, "the rollout's file cannot be written: a restart goes back to what it has");
      isFailing = true;
    }
  };
  return {
    async read(path) {
      const found = await readKept(path);
      if (found !== "none") metrics.rolloutFile(found === "bad" ? "bad" : "read");
      if (found === "bad") {
        const aside = `${path}.bad`;
        await rename(path, aside).catch(() => undefined);
        log.warn({ path, aside }, "the rollout's file is damaged, or cannot be read: it was put aside, and the rollout is held");
      }
      return found;
    },
    save(path, rollout) {
      const text = keptText(rollout);
      if (`${path}\n${text}` === last && !isFailing) return;
      last = `${path}\n${text}`;
      writing = writing.then(() => write(path, text));
    },
    written: () => writing,
  };
}
