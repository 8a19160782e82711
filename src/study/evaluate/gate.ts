// Reads a gate: conditions that a policy's figures must meet, `misroute<=0.05,weak-share=0.6..0.7,better-than=random`.

export const GATE_FIGURES = [
  "misroute",
  "fn",
  "fp",
  "weak-share",
  "precision",
  "recall",
  "f1",
  "quality",
  "quality-kept",
  "gap-recovered",
  "pgr",
  "apgr",
  "cost-per-1000",
] as const;
export type GateFigure = (typeof GATE_FIGURES)[number];

export type GateCondition = { readonly text: string } & (
  | { readonly kind: "limit"; readonly figure: GateFigure; readonly operator: "<=" | ">=" | "<" | ">"; readonly limit: number }
  | { readonly kind: "range"; readonly figure: GateFigure; readonly least: number; readonly most: number }
  | { readonly kind: "better-than"; readonly baseline: "random" | "length" | "single" }
);

export type Gate =
  | { readonly kind: "gate"; readonly conditions: readonly GateCondition[] }
  | { readonly kind: "wrong"; readonly problem: string };

/** The first condition that cannot be understood is told, with what is possible. */
export function parseGate(text: string): Gate {
  const conditions: GateCondition[] = [];
  for (const part of text.split(",").map((part) => part.trim())) {
    const parsed = parseCondition(part);
    const condition = typeof parsed === "string" ? parsed : (idle(parsed) ?? parsed);
    if (typeof condition === "string") return { kind: "wrong", problem: `the condition "${part}": ${condition}` };
    conditions.push(condition);
  }
  const conflict = conflictIn(conditions);
  return conflict === undefined ? { kind: "gate", conditions } : { kind: "wrong", problem: conflict };
}

interface Range {
  readonly least: number;
  readonly most: number;
  readonly always: boolean; // defined on any rows: a condition that every value meets can then never fail
}

const RATE: Range = { least: 0, most: 1, always: true };
const PART: Range = { least: 0, most: 1, always: false };
/** Below 0 where a policy does worse than all-weak, above 1 where better than all-strong; far from both it is a percentage. */
const RECOVERED: Range = { least: -2, most: 2, always: false };

const RANGES: Readonly<Record<GateFigure, Range>> = {
  misroute: RATE,
  fn: RATE,
  fp: RATE,
  "weak-share": RATE,
  precision: PART,
  recall: PART,
  f1: PART,
  quality: PART,
  "quality-kept": { least: 0, most: 2, always: false },
  "gap-recovered": RECOVERED,
  pgr: RECOVERED,
  apgr: RECOVERED,
  "cost-per-1000": { least: 0, most: Number.POSITIVE_INFINITY, always: false },
};

/** Undefined: a bound that the figure can have. */
function outside(figure: GateFigure, written: string, bound: number): string | undefined {
  const { least, most } = RANGES[figure];
  if (figure === "cost-per-1000" && written.includes("%")) return `${figure} is in US dollars, not a share: write it without %`;
  if (bound >= least && bound <= most) return undefined;
  const meant =
    bound > 1 && bound <= 100 && !written.includes("%") ? `: did you mean ${bound} % (${Number((bound / 100).toFixed(6))})?` : "";
  const range = Number.isFinite(most) ? `from ${least} to ${most}` : `at ${least} or above`;
  return `${figure} lies ${range}, ${written.trim()} does not${meant}`;
}

/** Undefined: the condition can be met and can be missed. */
function idle(condition: GateCondition): string | undefined {
  if (condition.kind === "better-than") return undefined;
  const { least, most, always } = RANGES[condition.figure];
  if (condition.kind === "range")
    return always && condition.least <= least && condition.most >= most ? "it can never fail: every value lies in this range" : undefined;
  const { operator, limit } = condition;
  if ((operator === "<" && limit <= least) || (operator === ">" && limit >= most)) return "it can never pass: no value lies there";
  const all = (operator === "<=" && limit >= most) || (operator === ">=" && limit <= least);
  return all && always ? "it can never fail: every value lies there" : undefined;
}

/** Two conditions on one figure that no value meets. */
function conflictIn(conditions: readonly GateCondition[]): string | undefined {
  const seen = new Map<string, { least: number; most: number; text: string }>();
  for (const condition of conditions) {
    if (condition.kind === "better-than") continue;
    const figure = condition.figure === "pgr" ? "gap-recovered" : condition.figure;
    const [least, most] = boundsOf(condition);
    const before = seen.get(figure) ?? { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, text: "" };
    const both = { least: Math.max(least, before.least), most: Math.min(most, before.most), text: condition.text };
    if (both.least > both.most) return `the conditions "${before.text}" and "${condition.text}": no value meets both`;
    seen.set(figure, both);
  }
  return undefined;
}

function boundsOf(condition: Exclude<GateCondition, { readonly kind: "better-than" }>): readonly [least: number, most: number] {
  if (condition.kind === "range") return [condition.least, condition.most];
  return condition.operator.startsWith("<") ? [Number.NEGATIVE_INFINITY, condition.limit] : [condition.limit, Number.POSITIVE_INFINITY];
}

const CONDITION = /^([a-z0-9-]+)\s*(<=|>=|<|>|=)\s*(.*)$/i;

function parseCondition(text: string): GateCondition | string {
  const match = CONDITION.exec(text);
  if (match === null) return `write a figure, an operator (<=, >=, <, >, =) and a number, as in "misroute<=0.05"`;
  const [, written = "", operator = "", right = ""] = match;
  const name = written.toLowerCase();
  if (name === "better-than") return betterThan(text, operator, right);
  const figure = GATE_FIGURES.find((known) => known === name);
  if (figure === undefined) return `no figure is called "${written}"; there are ${GATE_FIGURES.join(", ")} and better-than`;
  if (operator === "=") return range(text, figure, right);
  const limit = numberOf(right);
  if (limit === undefined) return `"${right}" is no number; write a fraction as in "0.05", or "5%"`;
  const wrong = outside(figure, right, limit);
  if (wrong !== undefined) return wrong;
  return { text, kind: "limit", figure, operator: operator as "<=" | ">=" | "<" | ">", limit };
}

/** `single`: the best single tier at the same cost. */
const BETTER_THAN = ["random", "length", "single"] as const;

function betterThan(text: string, operator: string, right: string): GateCondition | string {
  const baseline = BETTER_THAN.find((known) => known === right);
  if (operator !== "=" || baseline === undefined) return `write ${BETTER_THAN.map((known) => `"better-than=${known}"`).join(" or ")}`;
  return { text, kind: "better-than", baseline };
}

function range(text: string, figure: GateFigure, right: string): GateCondition | string {
  const [left, middle, ...more] = right.split("..");
  const least = numberOf(percentOfBoth(left ?? "", middle ?? ""));
  const most = numberOf(middle ?? "");
  if (least === undefined || most === undefined || more.length > 0) return `"=" takes a range, as in "${figure}=0.6..0.7"`;
  if (least > most) return `the range ${right} is empty: its first number is the greater one`;
  const wrong = outside(figure, left ?? "", least) ?? outside(figure, middle ?? "", most);
  if (wrong !== undefined) return wrong;
  return { text, kind: "range", figure, least, most };
}

/** In `60..70%` the sign stands for both. */
function percentOfBoth(left: string, right: string): string {
  return right.includes("%") && !left.includes("%") && (numberOf(left) ?? 0) >= 1 ? `${left}%` : left;
}

/** A decimal number, or a percentage. */
function numberOf(text: string): number | undefined {
  const match = /^\s*(-?(?:\d+\.?\d*|\.\d+))\s*(%?)\s*$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) / (match[2] === "%" ? 100 : 1);
}
