// Tries a threshold policy's relatives: other lengths, other turns, parts of its keywords. While rows are read they are only counted, by
// what all of these settings can tell apart; so each setting is exact, and none costs another pass over the data.
import { textIn, turnsIn } from "../../request/chat/facts.ts";
import type { PolicyRequest } from "../../request/policy/policy.ts";
import { countedHits, type ThresholdSettings } from "../../request/policy/threshold.ts";
import { type CostOfRow, costOfRow } from "./cost.ts";
import { type KeywordPart, keywordParts, scriptsOf } from "./keyword-parts.ts";
import type { RowQuality } from "./rows.ts";
import type { Setting } from "./sweep.ts";

const CHARS = [100, 200, 300, 400, 500, 600, 750, 1000, 1500, 2000, 3000, 5000, Number.POSITIVE_INFINITY];
const TURNS = [3, 5, 7, 10, Number.POSITIVE_INFINITY];

/** Rows that every setting treats alike. */
interface Cell {
  readonly chars: number; // how many of the tried lengths it is over
  readonly turns: number; // how many of the tried turns it is over
  readonly heavy: boolean; // over the bytes
  readonly scripts: number; // bit set: of the keywords found
  readonly only: string | undefined; // the keyword found, where it is the only one
  rows: number;
  needs: number;
  gained: number;
  textBytes: number;
}

export class ThresholdGrid {
  readonly #settings: ThresholdSettings;
  readonly #chars: readonly number[];
  readonly #turns: readonly number[];
  readonly #scripts: ReadonlyMap<string, number>; // of each keyword: a bit
  readonly #hitsOf: (request: PolicyRequest) => readonly string[];
  readonly #cells = new Map<string, Cell>();

  constructor(settings: ThresholdSettings) {
    this.#settings = settings;
    this.#hitsOf = countedHits(settings);
    this.#chars = ascending([...CHARS, settings.maxChars]);
    this.#turns = ascending([...TURNS, settings.maxTurns]);
    this.#scripts = scriptsOf(settings.keywords);
  }

  /** `textBytes`: of the whole conversation, for its cost. `weight`: requests that the row stands for. */
  add(request: PolicyRequest, quality: RowQuality, textBytes: number, weight = 1): void {
    const { facts } = request;
    const { scope, maxBytes, countTurns } = this.#settings;
    const text = textIn(facts, scope);
    const hits = this.#hitsOf(request).filter((hit) => this.#scripts.has(hit));
    const cell = this.#cellOf({
      chars: passed(this.#chars, text.chars),
      turns: passed(this.#turns, turnsIn(facts, countTurns)),
      heavy: maxBytes !== undefined && text.textBytes > maxBytes,
      scripts: hits.reduce((bits, hit) => bits | (this.#scripts.get(hit) ?? 0), 0),
      only: hits.length === 1 ? hits[0] : undefined,
    });
    cell.rows += weight;
    if (quality.gain > 0) cell.needs += weight;
    cell.gained += weight * quality.gain;
    cell.textBytes += weight * textBytes;
  }

  #cellOf(place: Pick<Cell, "chars" | "turns" | "heavy" | "scripts" | "only">): Cell {
    const key = `${place.chars} ${place.turns} ${place.heavy} ${place.scripts} ${place.only ?? ""}`;
    const known = this.#cells.get(key);
    if (known !== undefined) return known;
    const cell = { ...place, rows: 0, needs: 0, gained: 0, textBytes: 0 };
    this.#cells.set(key, cell);
    return cell;
  }

  /**
   * Every length with every number of turns and every script's keywords; leaving one keyword out is tried at the policy's own thresholds.
   * The policy's own values come first, then the loosest: where settings come to the same, the first is the least change.
   */
  settings(policy: string, under: CostOfRow | undefined, over: CostOfRow | undefined): readonly Setting[] {
    const { keywords, maxChars, maxTurns } = this.#settings;
    const parts = keywordParts(keywords, this.#scripts);
    const triedTurns = ownFirst(maxTurns, this.#turns);
    const grid = ownFirst(maxChars, this.#chars).flatMap((chars) =>
      triedTurns.flatMap((turns) => parts.whole.map((part) => this.#setting(policy, { chars, turns, part }, under, over))),
    );
    const without = parts.without.map((part) => this.#setting(policy, { chars: maxChars, turns: maxTurns, part }, under, over));
    return [...grid, ...without];
  }

  #setting(policy: string, tried: Tried, under: CostOfRow | undefined, over: CostOfRow | undefined): Setting {
    const overChars = this.#chars.indexOf(tried.chars);
    const overTurns = this.#turns.indexOf(tried.turns);
    const sent = { rows: 0, needs: 0, gained: 0 };
    let costUsd = 0;
    for (const cell of this.#cells.values()) {
      const strong = cell.chars > overChars || cell.turns > overTurns || cell.heavy || tried.part.holds(cell);
      const cost = strong ? over : under;
      // A cost is linear in the bytes: that of the mean times the rows is the sum.
      costUsd += cost === undefined ? Number.NaN : cell.rows * costOfRow(cost, cell.textBytes / cell.rows);
      if (!strong) continue;
      sent.rows += cell.rows;
      sent.needs += cell.needs;
      sent.gained += cell.gained;
    }
    const setting = `${limit("maxChars", tried.chars)}, ${limit("maxTurns", tried.turns)}, ${tried.part.name}`;
    return { policy, setting, sent, costUsd: Number.isNaN(costUsd) ? undefined : costUsd };
  }
}

interface Tried {
  readonly chars: number;
  readonly turns: number;
  readonly part: KeywordPart;
}

function limit(name: string, value: number): string {
  return `${name} ${value === Number.POSITIVE_INFINITY ? "none" : value}`;
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function ownFirst(own: number, limits: readonly number[]): readonly number[] {
  return [own, ...limits.filter((limit) => limit !== own).toReversed()];
}

/** How many of the limits a value is over. */
function passed(limits: readonly number[], value: number): number {
  const at = limits.findIndex((limit) => value <= limit);
  return at < 0 ? limits.length : at;
}
