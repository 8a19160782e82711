// From one row, whichever format it came in, to an example: the request as a client would send it, and which tier was needed.
import { arenaTruth } from "./arena.ts";
import type { Columns } from "./columns.ts";
import type { Example, Truth } from "./example.ts";
import { OWN_LABELS, type TierWords, tierOf } from "./labels.ts";
import { parsed } from "./messages.ts";
import { type DataProblem, listed, shown, Trouble } from "./problem.ts";
import { given, type Row, requestOf } from "./request.ts";
import { isArena } from "./shapes.ts";

/** Which values of a label, and which models of an arena, mean which tier. */
export interface TierNames {
  readonly labels?: TierWords | undefined; // without: weak and strong
  readonly models?: TierWords | undefined;
}

export type RowReading<T = Example> = { readonly example: T; readonly prompt: string | undefined } | { readonly problem: DataProblem };

export function readRow(row: Row, columns: Columns, tiers: TierNames = {}): RowReading {
  const request = requestOf(row, columns);
  if (request instanceof Trouble) return problem(row, request);
  const truth = truthOf(row, columns, tiers);
  if (truth instanceof Trouble) return problem(row, truth);
  const group = columns.groupFromFile ? row.fileGroup : wordOf(row, columns, "group");
  if (group instanceof Trouble) return problem(row, group);
  const path = wordOf(row, columns, "path") ?? request.path;
  if (path instanceof Trouble) return problem(row, path);
  const weight = weightOf(row, columns);
  if (weight instanceof Trouble) return problem(row, weight);
  const example = { body: request.body, path, group, truth, place: row.place, ...(weight !== undefined && { weight }) };
  return { example, prompt: request.prompt };
}

/** Horvitz and Thompson's: what the row stands for, over the chance with which it was drawn. Undefined: nobody says that it was drawn. */
function weightOf(row: Row, columns: Columns): number | undefined | Trouble {
  const [inclusion, like] = [given(row, columns, "inclusion"), given(row, columns, "like")];
  if (inclusion === undefined) return undefined;
  const [chance, stands] = [numberOf(inclusion), like === undefined ? 1 : numberOf(like)];
  const hint = "`sluice sample` writes these columns. Rename a column that means something else.";
  if (chance === undefined || !(chance > 0 && chance <= 1)) {
    const expected = "expected the chance to be drawn, over 0 and at most 1";
    return new Trouble("bad weight", `column ${shown(columns.names.inclusion)}: ${expected}, found ${shown(inclusion)}`, hint);
  }
  if (stands !== undefined && stands >= 1 && Number.isFinite(stands)) return stands / chance;
  const expected = "expected how many requests the row stands for, from 1 up";
  return new Trouble("bad weight", `column ${shown(columns.names.like)}: ${expected}, found ${shown(like)}`, hint);
}

export function problem({ place }: Row, { kind, message, hint }: Trouble): { readonly problem: DataProblem } {
  return { problem: { place, kind, message, hint } };
}

export function truthOf(row: Row, columns: Columns, { labels, models }: TierNames): Truth | Trouble {
  const label = only(given(row, columns, "label"));
  const weak = only(given(row, columns, "weak"));
  const strong = only(given(row, columns, "strong"));
  if (label !== undefined && (weak !== undefined || strong !== undefined)) {
    const hint = "Say which to read: --columns label=label, or --columns weak=weak,strong=strong.";
    return new Trouble("label and scores", "expected a label or the scores weak and strong, found both", hint);
  }
  if (label !== undefined) return labelTruth(columns, label, labels ?? OWN_LABELS);
  const tiers = tierScores(row, columns);
  if (weak === undefined && strong === undefined) {
    if (tiers instanceof Trouble) return tiers;
    if (tiers !== undefined) return firstAndLast(tiers);
  }
  if (weak === undefined && strong === undefined) return isArena((name) => row.value(name)) ? compared(row, models) : noTruth(row, columns);
  const weakScore = scoreOf(columns, "weak", weak);
  if (weakScore instanceof Trouble) return weakScore;
  const strongScore = scoreOf(columns, "strong", strong);
  if (strongScore instanceof Trouble) return strongScore;
  return { kind: "scores", weak: weakScore, strong: strongScore, ...(tiers !== undefined && !(tiers instanceof Trouble) && { tiers }) };
}

/** `{"small": 0.2, "medium": 0.9, "large": 1}`, in a CSV as JSON. */
function tierScores(row: Row, columns: Columns): Readonly<Record<string, number>> | undefined | Trouble {
  const value = given(row, columns, "scores");
  const scores = typeof value === "string" && value.startsWith("{") ? parsed(value) : value;
  if (scores === undefined || Array.isArray(scores)) return undefined; // a list of scores is another tool's
  const column = columns.names.scores ?? "scores";
  if (typeof scores !== "object" || scores === null) {
    return new Trouble("bad score", `column ${shown(column)}: expected a score for each tier, found ${shown(value)}`, SCORES_HINT);
  }
  const read: Record<string, number> = {};
  for (const [tier, score] of Object.entries(scores)) {
    const number = numberOf(score);
    if (number === undefined || !(number >= 0 && number <= 1)) {
      const found = `of ${shown(tier)} found ${shown(score)}`;
      return new Trouble("bad score", `column ${shown(column)}: expected numbers from 0 to 1, ${found}`, SCORES_HINT);
    }
    read[tier] = number;
  }
  return Object.keys(read).length >= 2
    ? read
    : new Trouble("bad score", `column ${shown(column)}: expected the scores of two tiers or more, found ${shown(value)}`, SCORES_HINT);
}

const SCORES_HINT = 'Write {"small": 0.2, "medium": 0.9, "large": 1}: every tier with how well it answered, cheapest first.';

function firstAndLast(tiers: Readonly<Record<string, number>>): Truth {
  const scores = Object.values(tiers);
  return { kind: "scores", weak: scores[0] ?? 0, strong: scores.at(-1) ?? 0, tiers };
}

/** Langfuse exports what was scored as a list, as there may be several; of one alone it is clear what is meant. */
function only(value: unknown): unknown {
  const list = typeof value === "string" && value.startsWith("[") ? parsed(value) : value;
  return Array.isArray(list) && list.length === 1 ? list[0] : value;
}

function compared(row: Row, models: TierWords | undefined): Truth | Trouble {
  const truth = arenaTruth((name) => row.value(name), models);
  return "needed" in truth ? { kind: "label", needed: truth.needed } : new Trouble("other models", truth.problem, truth.hint);
}

function noTruth(row: Row, columns: Columns): Trouble {
  const { label, weak, strong } = columns.names;
  const scores = weak === undefined && strong === undefined ? [] : [`the scores ${shown(weak ?? "weak")} and ${shown(strong ?? "strong")}`];
  const expected = [...(label === undefined ? [] : [`a label ${shown(label)}`]), ...scores].join(" or ");
  const hint = "Say which columns they are: --columns label=NAME, or --columns weak=NAME,strong=NAME.";
  return new Trouble("no label or scores", `expected ${expected}, found ${listed(row.names)}`, hint);
}

function labelTruth(columns: Columns, value: unknown, labels: TierWords): Truth | Trouble {
  const needed = tierOf(labels, value);
  if (needed !== undefined) return { kind: "label", needed };
  const known = labels === OWN_LABELS ? "weak or strong" : [...labels.keys()].map(shown).join(", ");
  const hint = "Say which values mean which tier, for example --labels weak=easy,0 strong=hard,1.";
  return new Trouble("bad label", `column ${shown(columns.names.label)}: expected ${known}, found ${shown(value)}`, hint);
}

/** What to do about a value that cannot be read. */
export const LEAVE_OUT = "Correct the row, or leave it out.";

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function scoreOf(columns: Columns, field: "weak" | "strong", value: unknown): number | Trouble {
  const score = numberOf(value);
  if (score !== undefined && score >= 0 && score <= 1) return score;
  const hint =
    score === undefined ? "A score says how well that tier answered." : "Bring the scores to 0 to 1, by dividing by the scale's top.";
  const name = columns.names[field] ?? field;
  return new Trouble("bad score", `column ${shown(name)}: expected a number from 0 to 1, or true or false, found ${shown(value)}`, hint);
}

export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return undefined;
  const text = value.trim().toLowerCase();
  if (text === "true") return 1;
  if (text === "false") return 0;
  const point = /^\d,\d+$/.test(text) ? text.replace(",", ".") : text; // as some spreadsheets write it
  return DECIMAL.test(point) ? Number(point) : undefined;
}

export function wordOf(row: Row, columns: Columns, field: "group" | "path" | "session"): string | undefined | Trouble {
  const value = given(row, columns, field);
  if (value === undefined || typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return new Trouble(
    field === "session" ? "bad turn" : "bad group or path",
    `column ${shown(columns.names[field])}: expected text, found ${shown(value)}`,
    LEAVE_OUT,
  );
}
