// How to read the page, for who sees one for the first time.
import type { EvaluationResult } from "../evaluate/result.ts";
import { html, type Markup } from "./markup.ts";

export function guideSection({ truth }: EvaluationResult): Markup {
  return html`<section id="guide"><h2>How to read this page</h2>
<dl class="guide">
<dt>Needs strong</dt><dd>${truth === "scores" ? "The strong tier's answer scored higher than the weak one's." : "The label says so."}</dd>
<dt>Misrouted</dt><dd>Missed (FN: went to weak, needed strong) or wasted (FP: went to strong, weak would have done), of all requests.</dd>
${truth === "scores" ? SCORES : undefined}
<dt>Random, length at the same share</dt><dd>What a coin, and the rule “the longest go to strong”, come to when they send as many
requests to weak. A policy that does not beat the coin does not route; one that does not beat length is not worth its upkeep.</dd>
<dt>One tier, same cost</dt><dd>The better of the tiers that cost no more when they answer everything. A policy that does not beat
it is worth less than no router at all.</dd>
<dt>95 % interval</dt><dd>Where the figure would lie on other samples of the same traffic, from resampled rows. A policy is called better
or worse only where the interval of its difference from random, on the same rows, leaves out 0.</dd>
<dt>Goals</dt><dd>At most 5 % misrouted and 60 to 70 % to weak, both at once: either alone is easy.</dd>
</dl></section>
`;
}

const SCORES: Markup = html`<dt>Gap recovered</dt><dd>Of the quality that strong adds over weak, the share that is kept.</dd>
<dt>APGR</dt><dd>The mean gap recovered over all thresholds: how well the policy ranks requests, wherever it cuts. Random has 0.5.</dd>
`;
