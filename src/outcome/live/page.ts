// The page at `/` of the admin port: one document without outside parts, drawn by its script from /live. The script is the source of typed
// functions, written out as they are.
import { FIGURES } from "./figure-text.ts";
import * as chart from "./page-chart.ts";
import * as rollout from "./page-rollout.ts";
import * as script from "./page-script.ts";
import { PAGE_STYLE } from "./page-style.ts";

function sources(functions: object): string[] {
  return Object.values(functions).map(String);
}

const BODY = `<header>
<h1>sluice</h1>
<p id="state">asking …</p>
<p id="about"></p>
<div class="window" role="group" aria-label="figures of">
<button type="button" data-minutes="1" aria-pressed="true">last minute</button
><button type="button" data-minutes="15" aria-pressed="false">15 minutes</button>
</div>
</header>
<p id="reload" role="status" hidden></p>
<p id="store" role="status" hidden></p>
<p id="takeover" role="status" hidden></p>
<dl id="tiles"></dl>
<p id="hint" hidden>Requests are decided, but Envoy has not told how one ended. Is its gRPC access log sent here?</p>
<div id="charts"></div>
<section class="card wide" id="rollout" hidden><h2>Rollout</h2><p id="rollout-text"></p><div id="rollout-chart"></div>
<div class="scroll"><table class="figures"><thead><tr><th>guard</th><th>stable</th><th>candidate</th><th>harm proven</th>
<th>harm excluded</th><th></th></tr></thead><tbody id="rollout-guards"></tbody></table></div></section>
<div class="tables">
<section class="card wide"><h2>Tiers</h2><div class="scroll"><table class="figures">
<thead><tr><th>tier</th><th>decided</th><th>served</th><th>errors</th><th>tokens in / out</th>
<th>first byte P50 / P95</th><th>duration P50 / P95</th>
<th id="health" hidden>breaker, expected P95 / level</th></tr></thead>
<tbody id="tiers"></tbody></table></div></section>
<section class="card wide" id="limits-card" hidden><h2>Limits</h2><div class="scroll"><table class="figures">
<thead><tr><th>limit</th><th>scope</th><th>window</th><th>passed</th><th>used</th><th>held back</th><th>left</th><th>of</th>
<th>at its end</th><th>sent down</th></tr></thead>
<tbody id="limits"></tbody></table></div></section>
<section class="card" id="ratings-card" hidden><h2>Ratings, 7 days</h2><div class="scroll"><table class="figures">
<thead><tr><th></th><th>tier</th><th>ratings</th><th>mean</th><th>4 and 5</th></tr></thead>
<tbody id="ratings"></tbody></table></div></section>
<section class="card" id="drift-card" hidden><h2>Drift, 7 days</h2><p id="retrain" role="status" hidden></p><div class="scroll">
<table class="figures"><thead><tr><th>what</th><th>policy, or when</th><th>drift</th><th>of</th></tr></thead>
<tbody id="drift"></tbody></table></div></section>
<section class="card wide"><h2>Last requests</h2><div class="scroll recent"><table class="requests">
<thead><tr><th>age</th><th>tier</th><th>reason</th><th>served</th>
<th>status</th><th>time</th><th>tokens in / out</th><th>cost</th></tr></thead>
<tbody id="requests"></tbody></table></div></section>
<section class="card"><h2>Top reasons</h2><div class="scroll"><table class="last">
<thead><tr><th>reason</th><th>tier</th><th>share</th></tr></thead><tbody id="reasons"></tbody></table></div></section>
<section class="card"><h2>Outcomes</h2><div class="scroll"><table class="last">
<thead><tr><th>kind</th><th>requests</th></tr></thead><tbody id="outcomes"></tbody></table></div></section>
<section class="card wide"><h2>Last misroute signals</h2><div class="scroll"><table class="last signals">
<thead><tr><th>kind</th><th>decision</th><th>request id</th><th>age</th></tr></thead><tbody id="signals"></tbody></table></div></section>
</div>`;

export const LIVE_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:">
<link rel="icon" href="data:,">
<title>sluice</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${BODY}
</main>
<script>
${[...sources(chart), ...sources(script), ...sources(rollout)].join("\n")}
startRollout({ drawChart, element, fill, place });
startPage({ drawChart, figures: { ${sources(FIGURES).join(", ")} } });
</script>
</body>
</html>
`;
