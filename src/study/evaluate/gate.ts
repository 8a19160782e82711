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
  | { readonly kind: "better-than"; readonly baseline: "random" | "length" }
);

export type Gate =
  | { readonly kind: "gate"; readonly conditions: readonly GateCondition[] }
  | { readonly kind: "wrong"; readonly problem: string };

/** The first condition that cannot be understood is told, with what is possible. */
export function parseGate(text: string): Gate {
  const conditions: GateCondition[] = [];
  for (const part of text.split(",").map((part) => part.trim())) {
    const condition = parseCondition(part);
    if (typeof condition === "string") return { kind: "wrong", problem: `the condition "${part}": ${condition}` };
    conditions.push(condition);
  }
  return { kind: "gate", conditions };
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
  return { text, kind: "limit", figure, operator: operator as "<=" | ">=" | "<" | ">", limit };
}

function betterThan(text: string, operator: string, right: string): GateCondition | string {
  if (operator !== "=" || (right !== "random" && right !== "length")) return `write "better-than=random" or "better-than=length"`;
  return { text, kind: "better-than", baseline: right };
}

function range(text: string, figure: GateFigure, right: string): GateCondition | string {
  const [left, middle, ...more] = right.split("..");
  const least = numberOf(left ?? "");
  const most = numberOf(middle ?? "");
  if (least === undefined || most === undefined || more.length > 0) return `"=" takes a range, as in "${figure}=0.6..0.7"`;
  if (least > most) return `the range ${right} is empty: its first number is the greater one`;
  return { text, kind: "range", figure, least, most };
}

/** A decimal number, or a percentage. */
function numberOf(text: string): number | undefined {
  const match = /^\s*(-?(?:\d+\.?\d*|\.\d+))\s*(%?)\s*$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) / (match[2] === "%" ? 100 : 1);
}
