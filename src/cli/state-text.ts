// What limits and tiers that are not well made of a request, in words: what was told of them, and what each guard changed.
import { FIGURES } from "../outcome/live/figure-text.ts";
import type { Explanation } from "./explanation.ts";
import type { LimitUse, StateGiven } from "./told-state.ts";

export function stateLines({ state, changes = [], refused }: Explanation): readonly string[] {
  return [
    ...changes.map(({ by, from, to }) => `changed   ${by}: ${from} to ${to}`),
    ...(refused === undefined ? [] : [`refused   429, again after ${refused.retryAfterSeconds} s: ${refused.message}`]),
    ...(state === undefined ? [] : toldLines(state)),
  ];
}

function toldLines({ limits, areLimitsAsked, failing, isFailingAsked, late, unlevelled }: StateGiven): readonly string[] {
  const nothing = (isAsked: boolean, lacks: string) => (isAsked ? "" : `; not asked: ${lacks}`);
  return [
    ...limits.map((limit) => `limit     ${limitText(limit)}`),
    ...(areLimitsAsked ? [] : ["limit     not asked; --limits NAME=USED shows what is made of a request when so much was used"]),
    ...(failing.length === 0 ? [] : [`failing   ${failing.join(", ")}${nothing(isFailingAsked, "no `breaker`, no `tiers[].substitute`")}`]),
    ...(late.length === 0
      ? []
      : [`late      ${late.join(", ")}${nothing(unlevelled.length === 0, `no \`slo.firstByteMs\` of ${unlevelled.join(", ")}`)}`]),
  ];
}

function limitText({ name, measure, per, used, amount }: LimitUse): string {
  const unit = measure === "usd" ? "" : ` ${measure}`;
  return `${name}: ${FIGURES.amount(used, measure)} used of ${FIGURES.amount(amount, measure)}${unit} in this ${per}`;
}
