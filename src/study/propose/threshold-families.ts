// Changes to a threshold policy, or to what stands in front of another: keywords, thresholds, and both.
import { textIn, turnsIn } from "../../request/chat/facts.ts";
import { NO_NEEDS, type Policy } from "../../request/policy/policy.ts";
import type { ThresholdSettings } from "../../request/policy/threshold.ts";
import { askRows, type Place, reachedRows } from "./asked-rows.ts";
import { type Family, type Fitted, type KeywordChange, type Limits, refitted } from "./families.ts";
import { type KeywordSearch, searchKeywords } from "./keywords.ts";
import { type Studied, worths } from "./studied.ts";
import { type StepSettings, stepsFamily } from "./tier-steps.ts";
import { type Looking, WordRows } from "./word-rows.ts";

/** A threshold policy that decides what those before it in a chain leave to it. */
export interface ThresholdSeat {
  readonly settings: ThresholdSettings;
  readonly before: readonly Policy[];
}

export interface ThresholdFamiliesSettings {
  readonly studied: Studied;
  readonly place: Place;
  readonly seat: ThresholdSeat | undefined; // undefined: keywords stand in front of the policy in force
  readonly leastWeak: number; // share that thresholds leave to the first tier; less where keywords, or the present ones, do
  readonly seed: number;
}

const IN_FRONT: Looking = { scope: "last_user", wholeWords: true };
export const NO_LIMIT = 1_000_000;
const CHARS = [100, 200, 300, 400, 500, 600, 750, 1000, 1500, 2000, 3000, 5000, NO_LIMIT];
const TURNS = [3, 5, 7, 10, 20, NO_LIMIT];

export function thresholdFamilies(settings: ThresholdFamiliesSettings): readonly Family[] {
  return settings.seat === undefined ? inFront(settings) : atSeat(settings, settings.seat);
}

function inFront({ studied, place, seed }: ThresholdFamiliesSettings): readonly Family[] {
  const count = studied.rows.length;
  const search: KeywordSearch = {
    studied,
    worth: worths(studied),
    index: new WordRows(studied.rows, IN_FRONT, place),
    over: place.tiers.length - 1,
    under: 0,
    reaches: new Uint8Array(count).fill(1),
    own: [],
    decisive: new Int32Array(count).fill(-1),
    seed,
  };
  const fit = (rows: Int32Array): Fitted | undefined => {
    const words = searchKeywords(search, rows);
    if (words.added.length === 0) return undefined;
    const tiers = studied.base.slice();
    for (const { word } of words.added) {
      index(search, word, (row) => {
        tiers[row] = Math.max(tiers[row] ?? 0, search.over);
      });
    }
    return { tiers, change: { kind: "words in front", words } };
  };
  return [refitted("keywords", studied.base, fit)];
}

function index({ index: words }: KeywordSearch, word: string, visit: (row: number) => void): void {
  words.hits(word).forEach((hit, row) => {
    if (hit === 1) visit(row);
  });
}

/** What a threshold policy measures of each row. */
interface Measured {
  readonly reaches: Uint8Array;
  readonly chars: Float64Array;
  readonly turns: Float64Array;
  readonly heavy: Uint8Array; // over `maxBytes`, which stays
  readonly ownHits: Float64Array; // own keywords found
  readonly onlyHit: Int32Array; // the one found, where it is the only one; else -1
}

function atSeat({ studied, place, seed, leastWeak }: ThresholdFamiliesSettings, seat: ThresholdSeat): readonly Family[] {
  const { settings } = seat;
  const words = new WordRows(studied.rows, { scope: settings.scope, wholeWords: settings.wholeWords === true }, place);
  const measured = measuredRows(studied, place, seat, words);
  const present: Limits = { maxChars: settings.maxChars, maxTurns: settings.maxTurns };
  const own = [...new Set(settings.keywords)];
  const search: KeywordSearch = {
    studied,
    worth: worths(studied),
    index: words,
    over: place.tiers.indexOf(settings.over),
    under: place.tiers.indexOf(settings.under),
    reaches: measured.reaches,
    own,
    decisive: measured.onlyHit.map((word, row) => (isLong(measured, row, present) ? -1 : word)),
    seed,
  };
  const none: KeywordChange = { added: [], dropped: [] };
  const decided = (change: KeywordChange, limits: Limits) => tiersWith(search, measured, change, limits);
  const limitsFor = (change: KeywordChange, rows: Int32Array) => bestLimits(search, measured, change, { rows, present, leastWeak });
  const changed = (change: KeywordChange, limits: Limits | undefined): Fitted => ({
    tiers: decided(change, limits ?? present),
    change: { kind: "threshold", words: change, limits },
  });
  return [
    refitted("keywords", studied.base, (rows) => {
      const change = searchKeywords(search, rows);
      return isEmpty(change) ? undefined : changed(change, undefined);
    }),
    refitted("thresholds", studied.base, (rows) => {
      const limits = limitsFor(none, rows);
      return limits === undefined ? undefined : changed(none, limits);
    }),
    refitted("keywords and thresholds", studied.base, (rows) => {
      const change = searchKeywords(search, rows);
      const limits = limitsFor(change, rows);
      return isEmpty(change) && limits === undefined ? undefined : changed(change, limits);
    }),
    ...(settings.maxBytes === undefined ? stepsFamily(stepSettings(search, measured, present, place, leastWeak)) : []),
  ];
}

/** Keywords stay as they are. */
function stepSettings(
  { studied, over }: KeywordSearch,
  measured: Measured,
  present: Limits,
  place: Place,
  leastWeak: number,
): StepSettings {
  const { reaches, ownHits, chars, turns } = measured;
  return {
    studied,
    tiers: place.tiers,
    measured: {
      chars,
      turns,
      isFixed: (row) => reaches[row] === 0 || (ownHits[row] ?? 0) > 0,
      fixed: studied.base.map((tier, row) => (reaches[row] === 0 ? tier : over)),
    },
    chars: [...new Set([present.maxChars, ...CHARS])].sort((a, b) => a - b),
    turns: [...new Set([present.maxTurns, ...TURNS])],
    leastWeak,
  };
}

function isEmpty({ added, dropped }: KeywordChange): boolean {
  return added.length + dropped.length === 0;
}

function measuredRows(studied: Studied, place: Place, { settings, before }: ThresholdSeat, words: WordRows): Measured {
  const { scope, countTurns, maxBytes = Number.POSITIVE_INFINITY } = settings;
  const count = studied.rows.length;
  const measured = {
    reaches: reachedRows(studied.rows, before, place),
    chars: new Float64Array(count),
    turns: new Float64Array(count),
    heavy: new Uint8Array(count),
    ownHits: new Float64Array(count),
    onlyHit: new Int32Array(count).fill(-1),
  };
  const needs = { ...NO_NEEDS, scopes: [scope] };
  askRows(studied.rows, needs, place, ({ facts }, row) => {
    const { chars, textBytes } = textIn(facts, scope);
    measured.chars[row] = chars;
    measured.turns[row] = turnsIn(facts, countTurns);
    measured.heavy[row] = textBytes > maxBytes ? 1 : 0;
  });
  const own = [...new Set(settings.keywords)];
  words.lookFor(own);
  own.forEach((word, at) => {
    words.hits(word).forEach((hit, row) => {
      if (hit === 0) return;
      measured.onlyHit[row] = measured.ownHits[row] === 0 ? at : -1;
      measured.ownHits[row] = (measured.ownHits[row] ?? 0) + 1;
    });
  });
  return measured;
}

function isLong({ chars, turns, heavy }: Measured, row: number, { maxChars, maxTurns }: Limits): boolean {
  return (chars[row] ?? 0) > maxChars || heavy[row] === 1 || (turns[row] ?? 0) > maxTurns;
}

/** By row: 1 where a keyword is found, of those there are after the change. */
function keywordRows({ index: words, own, reaches }: KeywordSearch, { ownHits }: Measured, { added, dropped }: KeywordChange): Uint8Array {
  const left = ownHits.slice();
  for (const { word } of dropped) {
    if (!own.includes(word)) continue;
    words.hits(word).forEach((hit, row) => {
      left[row] = (left[row] ?? 0) - hit;
    });
  }
  const found = Uint8Array.from(reaches, (_, row) => ((left[row] ?? 0) > 0 ? 1 : 0));
  for (const { word } of added) {
    words.hits(word).forEach((hit, row) => {
      if (hit === 1) found[row] = 1;
    });
  }
  return found;
}

function tiersWith(search: KeywordSearch, measured: Measured, change: KeywordChange, limits: Limits): Uint8Array {
  const { studied, reaches, over, under } = search;
  const found = keywordRows(search, measured, change);
  return studied.base.map((tier, row) => {
    if (reaches[row] === 0) return tier;
    return found[row] === 1 || isLong(measured, row, limits) ? over : under;
  });
}

interface Bounds {
  readonly rows: Int32Array;
  readonly present: Limits;
  readonly leastWeak: number;
}

/** Of a grid those that are worth most on the rows. Undefined: the present ones. */
function bestLimits(
  search: KeywordSearch,
  measured: Measured,
  change: KeywordChange,
  { rows, present, leastWeak }: Bounds,
): Limits | undefined {
  const { studied, worth, reaches, over, under } = search;
  const found = keywordRows(search, measured, change);
  const open = rows.filter((row) => reaches[row] === 1 && found[row] === 0 && measured.heavy[row] === 0);
  const weightOf = (row: number) => studied.weights[row] ?? 0;
  const gains = Float64Array.from(open, (row) => {
    const gain = (worth[row * studied.tiers + over] ?? 0) - (worth[row * studied.tiers + under] ?? 0);
    return gain * weightOf(row);
  });
  const all = rows.reduce((sum, row) => sum + weightOf(row), 0);
  const resultOf = ({ maxChars, maxTurns }: Limits) => {
    let [gained, left] = [0, 0];
    for (let at = 0; at < open.length; at++) {
      const row = open[at] ?? 0;
      if ((measured.chars[row] ?? 0) > maxChars || (measured.turns[row] ?? 0) > maxTurns) gained += gains[at] ?? 0;
      else left += weightOf(row);
    }
    return { gained, left: left / all };
  };
  const least = under === 0 ? Math.min(leastWeak, resultOf(present).left) : 0;
  let best: Limits = present;
  let most = resultOf(present).gained;
  for (const maxChars of [present.maxChars, ...CHARS]) {
    for (const maxTurns of [present.maxTurns, ...TURNS]) {
      const { gained, left } = resultOf({ maxChars, maxTurns });
      if (gained <= most + 1e-9 || left < least) continue;
      best = { maxChars, maxTurns };
      most = gained;
    }
  }
  return best === present ? undefined : best;
}
