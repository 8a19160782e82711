// A week of ratings, kept over a restart in a small file: written beside it and renamed, a second after something was rated. A file that
// cannot be read is put aside, and the week begins anew: ratings shall not keep a gateway from starting.
import { readFile, rename } from "node:fs/promises";
import { z } from "zod";
import { replacedFile } from "../outcome/output/replaced-file.ts";
import { createRatings, type RatedDay, type Ratings } from "../outcome/signals/ratings.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";

export interface KeptRatings extends Ratings {
  /** Writes what has been rated, and stops. */
  close(): Promise<void>;
}

export interface RatingsFileDeps {
  readonly path: string | undefined; // undefined: they end with the process
  readonly metrics: Pick<Metrics, "ratingsFile">;
  readonly log: Logger;
  readonly now: () => number; // milliseconds since the epoch
  readonly afterMs?: number; // in tests
}

const AFTER_MS = 1000;
const FORMAT = 1;
const MOST_CELLS = 1000; // of a day

const name = z.string().max(1024);
const count = z.int().min(0);
const cell = z
  .strictObject({ tier: name, policy: name, reason: name, rule: name.nullable(), ratings: count.min(1), sum: count, good: count })
  .refine(({ ratings, sum, good }) => sum >= ratings && sum <= 5 * ratings && good <= ratings);
const day = z.strictObject({ day: count, cells: z.array(cell).max(MOST_CELLS) });
const file = z.strictObject({ version: z.literal(FORMAT), days: z.array(day).max(8) });

/** With what was rated before, where that is kept. */
export async function openRatings({ path, metrics, log, now, afterMs = AFTER_MS }: RatingsFileDeps): Promise<KeptRatings> {
  const ratings = createRatings(now);
  if (path === undefined) return { ...ratings, close: async () => undefined };
  ratings.restore(await keptIn(path, metrics, log));
  let timer: NodeJS.Timeout | undefined;
  let hasChanged = false;
  let isFailing = false;
  let writing = Promise.resolve();

  const write = async (): Promise<void> => {
    if (!hasChanged) return;
    hasChanged = false;
    try {
      await replacedFile(path, `${JSON.stringify({ version: FORMAT, days: ratings.days() })}\n`);
      if (isFailing) log.info({ path }, "the ratings' file is written again");
      isFailing = false;
    } catch (err) {
      metrics.ratingsFile("failed");
      if (!isFailing) log.error({ path, err }, "the ratings' file cannot be written: a restart goes back to what it has");
      isFailing = true;
      hasChanged = true; // the next rating tries again, and so does the end
    }
  };
  const writeNext = () => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    return writing;
  };
  return {
    ...ratings,
    rated(decision, rating) {
      ratings.rated(decision, rating);
      hasChanged = true;
      timer ??= setTimeout(writeNext, afterMs).unref();
    },
    close: writeNext,
  };
}

/** Nothing: there is none yet, or it will not do. */
async function keptIn(path: string, metrics: RatingsFileDeps["metrics"], log: Logger): Promise<readonly RatedDay[]> {
  try {
    const { days } = file.parse(JSON.parse(await readFile(path, "utf8")));
    metrics.ratingsFile("read");
    return days;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === "ENOENT") return [];
    metrics.ratingsFile("bad");
    const aside = `${path}.bad`;
    await rename(path, aside).catch(() => undefined);
    log.warn({ path, aside }, "the ratings' file is damaged, or cannot be read: it was put aside, and the week of ratings begins anew");
    return [];
  }
}
