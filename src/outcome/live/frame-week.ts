// The rows of a frame that tell of the last seven days: ratings, drift, and whether to learn anew.
import { FIGURES } from "./figure-text.ts";
import { bad, bold, dim, plain, type Row } from "./spans.ts";
import type { LiveView } from "./view.ts";

const NAME = 19; // characters, as in the frame's other tables
const TOTAL = 13;
/** A tier or rule that rates lower is worth a look (production tuning guide: the mean to aim at). */
const LOW_MEAN = 4;

/** Why to learn anew; likewise. */
export function retrainRows({ drift }: Partial<LiveView>): Row[] {
  return (drift?.retrain ?? []).map(({ because }) => [bad("retrain"), plain(`: ${because}`)]);
}

/** Nothing where nothing was rated and nothing drifts; not of a sluice that is too old to say it. */
export function weekRows({ ratings, drift }: Partial<LiveView>): Row[] {
  const rows = [...ratingRows(ratings), ...driftRows(drift)];
  return rows.length === 0 ? [] : [[], ...rows];
}

function ratingRows(ratings: LiveView["ratings"] | undefined): Row[] {
  if (ratings === undefined || ratings.tiers.length === 0) return [];
  const titles = ["ratings", "mean", "4 and 5"].map((title) => title.padStart(TOTAL)).join("");
  const row = (name: string, rated: LiveView["ratings"]["tiers"][number]): Row => [
    bold(`  ${name}`.padEnd(NAME)),
    plain(String(rated.ratings).padStart(TOTAL)),
    (rated.mean < LOW_MEAN ? bad : plain)(rated.mean.toFixed(2).padStart(TOTAL)),
    plain(FIGURES.share(rated.good, 1).padStart(TOTAL)),
  ];
  return [
    [dim(`${"7 days".padEnd(NAME)}${titles}`)],
    ...ratings.tiers.map((rated) => row(rated.tier, rated)),
    ...ratings.rules.map((rated) => [...row(rated.reason, rated), dim(`  ${rated.tier}`)]),
    [],
  ];
}

function driftRows(drift: LiveView["drift"] | undefined): Row[] {
  const { scores = [], changes = [] } = drift ?? {};
  const rows = [
    ...scores.flatMap(({ policy, against, psi, scores: count }): Row[] => {
      if (psi === null) return [];
      return [[dim("drift"), plain(`: PSI ${psi.toFixed(2)} of ${count} scores against ${against}`), dim(`  ${policy}`)]];
    }),
    ...changes.map(({ of, from, to, ageSeconds }): Row => {
      const moved = `${FIGURES.share(from, 1)} to ${FIGURES.share(to, 1)}`;
      return [dim("changed"), plain(`: ${of} from ${moved}`), dim(`  ${FIGURES.period(ageSeconds)} ago`)];
    }),
  ];
  return rows;
}
