// The page to label on: one document without outside parts. Its script is the source of typed functions, written out as they are.
import { html, Markup } from "../report/markup.ts";
import { ANSWER_QUESTION, CRITERIA, REQUEST_QUESTION } from "./criteria.ts";
import * as draw from "./page-draw.ts";
import * as script from "./page-script.ts";
import { LABEL_STYLE } from "./page-style.ts";

export const CHOICE_KEYS: readonly (readonly [key: string, meaning: string])[] = [
  ["1–4", "choose"],
  ["s", "skip: it comes again at the end"],
  ["p", "the one before"],
  ["u", "take back the last label"],
  ["n", "write a note; Esc leaves it"],
];

/** `nonce`: of the script and the style, which the page's policy names. */
export function labelPage(by: string, nonce: string): string {
  const questions = JSON.stringify({ answers: ANSWER_QUESTION, request: REQUEST_QUESTION });
  const sources = [draw, script].flatMap((module) => Object.values(module)).map(String);
  const program = `${sources.join("\n")}\nstartLabelling({ questions: ${questions}, draw: { ${Object.keys(draw).join(", ")} } });`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Labels by ${by}</title>
<style nonce="${nonce}">${new Markup(LABEL_STYLE)}</style>
</head>
<body>
<header>
<h1>Labels by <bdi>${by}</bdi></h1>
<p id="count">asking …</p>
<progress id="progress" aria-label="labelled" value="0" max="1"></progress>
</header>
<main>
<div id="work">
<section id="request" aria-labelledby="where"><h2 id="where" tabindex="-1"></h2><dl id="facts"></dl><div id="turns"></div></section>
<div id="answers"></div>
<p id="finished" tabindex="-1" hidden></p>
</div>
<aside aria-label="Criteria and keys" tabindex="0">${criteria()}</aside>
</main>
<footer>
<p id="trouble" role="alert" hidden></p>
<div id="said" role="status" class="unseen"></div>
<div id="choices" role="group" aria-labelledby="question"><p id="question"></p><div id="buttons"></div></div>
<label id="noting"><span class="unseen">Note</span>
<textarea id="note" rows="1" maxlength="4000" placeholder="Note" aria-keyshortcuts="n"></textarea></label>
<div id="ways">
<button type="button" id="before" aria-keyshortcuts="p">Before <kbd>p</kbd></button>
<button type="button" id="skip" aria-keyshortcuts="s">Skip <kbd>s</kbd></button>
<button type="button" id="undo" aria-keyshortcuts="u">Undo <kbd>u</kbd></button>
</div>
</footer>
<script nonce="${nonce}">
${new Markup(program)}
</script>
</body>
</html>
`.toString();
}

function criteria(): Markup {
  return html`<details id="criteria" open><summary>What is weak, what is strong</summary>
${CRITERIA.map(({ title, points }) => html`<h3>${title}</h3><ul>${points.map((point) => html`<li>${point}</li>`)}</ul>\n`)}
<h3>Keys</h3><dl class="keys">${CHOICE_KEYS.map(([key, meaning]) => html`<dt><kbd>${key}</kbd></dt><dd>${meaning}</dd>`)}</dl>
<label class="check"><input type="checkbox" id="keys" checked> single keys do what they say</label></details>`;
}
