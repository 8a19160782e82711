// The two goals of a router, judged together: few misroutes, and enough sent to weak to be worth it.
import type { Figures, PolicyResult } from "./result.ts";

const MOST_MISROUTES = 0.05;
const LEAST_WEAK = 0.6;
const MOST_WEAK = 0.7;

export function goalsOf({ labels, weakShare }: Figures): PolicyResult["goals"] {
  const misroute = labels.misroute.value;
  const misrouteMet = misroute <= MOST_MISROUTES;
  const shareMet = weakShare.value >= LEAST_WEAK && weakShare.value <= MOST_WEAK;
  const goals = `misroutes ${percent(misroute)} (goal: at most 5 %) at ${percent(weakShare.value)} weak (goal: 60 to 70 %)`;
  return { misrouteMet, shareMet, sentence: `${goals}: ${outcome(misrouteMet, shareMet, weakShare.value)}` };
}

/** With two digits behind the point, so that a figure that just misses a goal does not look like it. */
function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(2))} %`;
}

function outcome(misrouteMet: boolean, shareMet: boolean, weakShare: number): string {
  if (misrouteMet && shareMet) return "both met";
  if (!misrouteMet && !shareMet) return "neither met";
  if (shareMet) return "not met, too many misroutes";
  return weakShare < LEAST_WEAK ? "not met, few misroutes with little weak save nothing" : "not met, more goes to weak than planned";
}
