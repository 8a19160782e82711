// A page of a report: one file that needs nothing else, and may fetch nothing.
import { STYLE } from "./html-style.ts";
import { html, Markup, type Piece } from "./markup.ts";

/** `style` is trusted CSS, behind that of all reports. */
export function htmlPage(title: string, body: Piece, style = ""): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="sluice">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(STYLE + style)}</style>
</head>
<body><main>
${body}</main></body>
</html>
`.toString();
}
