// How the page to label on looks: light and dark, on a desk and a phone.

const LIGHT = `--paper:#f3f5f7;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d5dae0;--code:#f3f5f7;--lead:#0067a5;--bad:#b42318;
color-scheme:light`;
const DARK = `--paper:#12161b;--card:#1b2127;--ink:#e8ebee;--soft:#a3adb8;--line:#363f49;--code:#12161b;--lead:#5cb3f2;--bad:#ff8f85;
color-scheme:dark`;

export const LABEL_STYLE = `
:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
header{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1.25rem;padding:.75rem 1rem;max-width:90rem;width:100%;margin:0 auto}
h1{font-size:1.15rem;line-height:1.3;margin:0}
h2{font-size:1rem;line-height:1.3;margin:0 0 .5rem}
h3{font-size:.9rem;line-height:1.3;margin:0}
header p{margin:0;color:var(--soft);font-variant-numeric:tabular-nums}
progress{flex:1 1 10rem;height:.6rem;border:0;border-radius:.3rem;overflow:hidden;appearance:none;background:var(--line)}
progress::-webkit-progress-bar{background:var(--line)}progress::-webkit-progress-value{background:var(--lead)}
progress::-moz-progress-bar{background:var(--lead)}
main{flex:1;display:grid;grid-template-columns:minmax(0,1fr);gap:1rem;padding:0 1rem 1rem;max-width:90rem;width:100%;margin:0 auto;
align-content:start}
section,aside,#finished{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem}
#work{display:grid;grid-template-columns:minmax(0,1fr);gap:1rem;align-content:start;min-width:0}
#trouble{margin:0;flex:1 0 100%;padding:.6rem 1rem;border:1px solid var(--bad);border-left-width:.4rem;border-radius:.5rem;
background:var(--card);color:var(--bad)}
#where:focus,#finished:focus{outline:0}
#facts{display:flex;flex-wrap:wrap;gap:.1rem 1.5rem;margin:0;font-size:.9rem}
#facts:not(:empty){margin-bottom:.5rem}
#facts div{display:flex;gap:.4rem}dt{color:var(--soft)}dd{margin:0}
.turn{padding-top:.6rem}.turn+.turn,details+.turn{border-top:1px solid var(--line);margin-top:.6rem}
.turn h3{color:var(--soft);font-weight:500;font-size:.8rem;margin-bottom:.15rem}
.said{white-space:pre-wrap;margin:0 0 .5rem;max-width:48rem}
.turn.user .said{font-size:1.05rem}
pre{margin:0 0 .5rem;padding:.6rem .8rem;background:var(--code);border:1px solid var(--line);border-radius:.4rem;overflow:auto;
overflow-wrap:normal;font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace}
details pre{white-space:pre-wrap;overflow-wrap:anywhere;max-height:20rem}
summary{cursor:pointer;color:var(--soft);font-size:.9rem;padding:.2rem 0}
#answers{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr)}
#answers:empty{display:none}
.none{color:var(--soft);margin:0}
#finished{margin:0;font-size:1.1rem;padding:1.5rem 1rem}
aside{font-size:.88rem;align-self:start}
aside summary{font-weight:600;color:var(--ink);font-size:.95rem;padding:0}
aside h3{margin-top:.8rem}aside ul{margin:.2rem 0 0;padding-left:1.1rem;color:var(--soft)}aside li{margin:.15rem 0}
.keys{display:grid;grid-template-columns:auto 1fr;gap:.15rem .6rem;margin:.3rem 0 .6rem}.keys dd{color:var(--soft)}
.check{display:flex;gap:.4rem;align-items:center}
kbd{font:.78em ui-monospace,Menlo,Consolas,monospace;border:1px solid currentColor;border-radius:.25rem;padding:0 .3em;opacity:.75}
footer{position:sticky;bottom:0;background:var(--card);border-top:1px solid var(--line);padding:.6rem max(1rem,calc((100% - 88rem)/2));
display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:end}
#choices{display:flex;flex-wrap:wrap;gap:.4rem .75rem;align-items:center;flex:1 1 auto}
#question{margin:0;font-weight:600;width:100%}
#buttons,#ways{display:flex;flex-wrap:wrap;gap:.4rem}
button{font:inherit;font-size:.92rem;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:.4rem;
padding:.4rem .75rem;min-height:2.5rem;cursor:pointer}
button:hover{border-color:var(--lead)}
button:disabled{opacity:.5;cursor:default;border-color:var(--line)}
#buttons button{border-color:var(--lead);font-weight:600}
#buttons button.chosen{background:var(--lead);color:var(--card)}
#noting{flex:1 1 9rem;display:flex}
textarea{font:inherit;font-size:.92rem;
color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:.4rem;padding:.4rem .6rem;
width:100%;height:2.5rem;min-height:2.5rem;resize:vertical}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
:focus-visible{outline:2px solid var(--lead);outline-offset:2px}
@media (min-width:48rem){#answers{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media (min-width:60rem){main{grid-template-columns:minmax(0,1fr) 19rem}
aside{position:sticky;top:1rem;max-height:calc(100vh - 9.5rem);overflow-y:auto}
.words{max-height:60vh;overflow-y:auto}#turns{max-height:50vh;overflow-y:auto}}
@media (max-width:48rem){footer{padding:.5rem .75rem;gap:.4rem}#buttons{display:grid;grid-auto-flow:column;grid-auto-columns:1fr;width:100%}
#choices{flex-basis:100%}#question{font-size:.92rem}
button{padding-inline:.5rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}kbd{display:none}.keys kbd{display:inline}
header,main{padding-inline:.75rem}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important;scroll-behavior:auto!important}}
`;
