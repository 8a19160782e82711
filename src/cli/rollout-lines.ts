// What `sluice explain` prints of a rollout and of a conservative policy.
import type { Explained, RolloutExplained, TakeoverExplained } from "./told-rollout.ts";

export function rolloutLines({ rollout, takeover }: Explained): readonly string[] {
  return [...(takeover === undefined ? [] : [takeoverLine(takeover)]), ...(rollout === undefined ? [] : linesOf(rollout))];
}

function takeoverLine({ policy, causes, breaker, budget }: TakeoverExplained): string {
  if (causes.length > 0) return `takeover  ${policy} decides: ${causes.map((cause) => WHY[cause]).join(", ")}`;
  const when = [
    ...(breaker ? ["--failing TIER"] : []),
    ...(budget === undefined ? [] : [`--limits NAME=${percent(budget).replace(" ", "")} of a budget`]),
  ];
  return `takeover  not by ${policy}; ${when.length === 0 ? "there is no breaker that could open" : `${when.join(" or ")} would show it`}`;
}

const WHY = { breaker: "a breaker is open", budget: "a budget is nearly used up" } as const;

function linesOf({ candidate, stage, shares, arm, candidateFrom, by, other }: RolloutExplained): readonly string[] {
  const share = percent(shares[stage - 1] ?? 0);
  const more = shares.length > 1 ? "; --stage N asks in another" : "";
  return [
    `rollout   ${candidate}, stage ${stage} of ${shares.length}: ${share} of the units get it${more}`,
    `arm       ${armText(arm, candidateFrom, shares, by)}`,
    ...(other === undefined ? [] : [`other     ${other.policy}: ${other.tier}, ${other.reason}`]),
  ];
}

function armText(arm: RolloutExplained["arm"], from: number | undefined, shares: readonly number[], by: RolloutExplained["by"]): string {
  if (arm === undefined) return "none: the conservative policy decides for both";
  if (from === undefined) return "stable: nothing says whose it is; --header 'x-request-id: …' does, as users and sessions do";
  const first = shares.findIndex((share) => from < share);
  const when = first < 0 ? "in no stage the candidate's" : `the candidate's from stage ${first + 1} on (${percent(shares[first] ?? 0)})`;
  return `${arm}, by ${by}; ${when}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}
