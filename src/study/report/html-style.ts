// How the page looks: light and dark, on a screen, a phone and paper. The colours of policies can be told apart by those
// who do not see red or green.

export const LIGHT = `
--paper:#fff;--card:#f6f7f9;--ink:#1b1f24;--soft:#57606a;--line:#d5dae0;--grid:#e6e9ed;--axis:#8b949e;
--series-0:#0067a5;--series-1:#c2510c;--series-2:#007a58;--series-3:#a1478b;--series-4:#806500;--series-5:#5a55b5;
--length:#806500;--right:#1f78b4;--wrong:#d1600f;
--good:#00694b;--none:#57606a;--bad:#b42318;--warn:#fff6dd;--warn-line:#d9b44a;color-scheme:light;`;

export const DARK = `
--paper:#12161b;--card:#1b2127;--ink:#e8ebee;--soft:#a3adb8;--line:#363f49;--grid:#2a313a;--axis:#6e7a86;
--series-0:#5cb3f2;--series-1:#ff9a5c;--series-2:#41cfa1;--series-3:#e896cd;--series-4:#dfc04d;--series-5:#aeb0ff;
--length:#dfc04d;--right:#5cb3f2;--wrong:#ff9a5c;
--good:#4fd6a8;--none:#a3adb8;--bad:#ff8f85;--warn:#2b2512;--warn-line:#8f7426;color-scheme:dark;`;

export const STYLE = `
:root{${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
overflow-wrap:anywhere}
main{max-width:58rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:2rem;line-height:1.2;margin:.5rem 0}
h2{font-size:1.35rem;line-height:1.3;margin:0 0 .5rem}
h3{font-size:1.05rem;line-height:1.35;margin:0}
p{margin:.25rem 0 .5rem;max-width:46rem}
small{color:var(--soft);font-size:.8rem;font-weight:normal}
section{margin-top:2.75rem}
code{font:.9em ui-monospace,Menlo,Consolas,monospace}
pre{margin:.5rem 0;padding:.6rem .8rem;background:var(--card);border-radius:.4rem;white-space:pre-wrap;
font:.82rem/1.5 ui-monospace,Menlo,Consolas,monospace}
.files{list-style:none;margin:0;padding:0;color:var(--soft)}
.facts{display:flex;flex-wrap:wrap;gap:.5rem 2.25rem;margin:1rem 0 0}
.facts dt{font-size:.8rem;color:var(--soft)}
.facts dd{margin:0;font-variant-numeric:tabular-nums}
.verdicts{margin-top:1.5rem;display:grid;gap:1rem}
.verdict{background:var(--card);border:1px solid var(--line);border-left:.4rem solid var(--tone);border-radius:.5rem;padding:.9rem 1.1rem}
.verdict.better{--tone:var(--good)}.verdict.none{--tone:var(--none)}.verdict.worse{--tone:var(--bad)}
.verdict h2{font-size:1.15rem;margin:0 0 .25rem}
.verdict p{max-width:none}
.verdict .mark{color:var(--tone);font-weight:700;margin:0}
.verdict .sentence{font-size:1.08rem}
.verdict .goals{color:var(--soft);font-size:.92rem;margin-bottom:0}
.warnings{background:var(--warn);border:1px solid var(--warn-line);border-radius:.5rem;padding:.75rem 1.1rem;margin-top:1rem}
.warnings h2{font-size:1rem;margin:0}
.warnings ul,.gate{margin:.25rem 0 0;padding-left:1.1rem}
.gate{list-style:none;padding:0}.gate li{margin:.35rem 0}
.met{color:var(--good)}.missed{color:var(--bad)}.wasted{color:var(--wrong)}
nav{margin-top:1.5rem;font-size:.92rem;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}
a{color:var(--series-0)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;text-align:right;vertical-align:top;border-bottom:1px solid var(--grid);overflow-wrap:normal}
th{font-weight:600}thead th{color:var(--soft);font-weight:500;vertical-align:bottom}
th[scope=row],thead th:first-child{text-align:left}
tbody th[scope=row]{overflow-wrap:anywhere;min-width:9rem;max-width:22rem;font-weight:500}
.policies th[scope=row],.policies thead th:first-child{position:sticky;left:0;background:var(--paper);max-width:11rem}
.policies td{min-width:4.4rem;color:var(--soft)}
.policies thead th{min-width:4.4rem}
.policies td,.policies th{padding:.3rem .5rem}
.further{margin-top:1.25rem}.further small{display:block;white-space:nowrap}
.policies .own td,.policies .own th{padding-top:.7rem;color:var(--ink);border-bottom-color:transparent}
.policies .own th{font-weight:700}
.policies tbody tr:not(.own) th{font-weight:400;color:var(--soft)}
.policies tbody{border-bottom:2px solid var(--line)}
.policies small{display:block;white-space:nowrap;font-size:.72rem}
.bar{display:block;width:100%;height:12px;margin-top:2px}
.bar .track{fill:var(--line)}.bar .range{fill:var(--series-0);opacity:.4}.bar .point{fill:var(--series-0)}.bar .tick{fill:var(--ink)}
.confusions{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(22rem,100%),1fr));gap:1.5rem}
.confusion{width:100%;table-layout:fixed}
.confusion caption{text-align:left;font-weight:600;font-size:.95rem;padding-bottom:.3rem}
.confusion td,.confusion th{border:1px solid var(--line);text-align:left;padding:.45rem .6rem}
.confusion thead td{border:0}
.confusion tbody th[scope=row]{min-width:0}
.confusion b{font-size:1.1rem}
.confusion .right{background:color-mix(in srgb,var(--right) var(--share),var(--paper))}
.confusion .wrong{background:color-mix(in srgb,var(--wrong) var(--share),var(--paper))}
.confusion td small{color:inherit}
figure{margin:1.25rem 0 2.25rem}
figcaption p{color:var(--soft);font-size:.92rem;max-width:46rem}
.chart{display:block;width:100%;height:auto}
.chart text{font-family:inherit}
.chart .role-mark text{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.narrow{display:none}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.25rem;margin:.4rem 0 .6rem;padding:0;font-size:.85rem}
.legend li{display:flex;align-items:center;gap:.45rem;min-width:0}
.swatch{flex:none}
summary{cursor:pointer;color:var(--soft);font-size:.9rem;padding:.25rem 0}
.misroutes{padding-left:1.6rem;margin:.5rem 0 1.5rem}
.misroutes li{padding:.5rem 0;border-bottom:1px solid var(--grid)}
.excerpt{margin:0;white-space:pre-wrap;unicode-bidi:isolate}
.of{margin:.2rem 0 0;font-size:.85rem;color:var(--soft)}
.guide dt{font-weight:600;margin-top:.6rem}.guide dd{margin:0;max-width:46rem;color:var(--soft)}
:focus-visible{outline:2px solid var(--series-0);outline-offset:2px}
@media screen and (max-width:40rem){.wide{display:none}.narrow{display:block;max-width:30rem}h1{font-size:1.6rem}
main{padding:1rem 1rem 3rem}}
@media print{body{font-size:11pt}main{max-width:none;padding:0}nav{display:none}.scroll{overflow:visible}
details::details-content{content-visibility:visible;block-size:auto}
figure,.verdict,.confusion,.misroutes li{break-inside:avoid}h2,h3,figcaption{break-after:avoid}
.policies{font-size:.62rem}.policies td,.policies thead th{min-width:0;padding:.2rem .25rem}
.policies small{font-size:.55rem;white-space:normal}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
