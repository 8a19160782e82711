// How the page looks: light and dark, on a desk and a phone.

const LIGHT = `
--paper:#f3f5f7;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d5dae0;--grid:#e6e9ed;--axis:#8b949e;
--series-0:#0067a5;--series-1:#c2510c;--series-2:#007a58;--series-3:#a1478b;--series-4:#806500;--series-5:#5a55b5;
--good:#00794f;--bad:#b42318;color-scheme:light`;

const DARK = `
--paper:#12161b;--card:#1b2127;--ink:#e8ebee;--soft:#a3adb8;--line:#363f49;--grid:#2a313a;--axis:#6e7a86;
--series-0:#5cb3f2;--series-1:#ff9a5c;--series-2:#41cfa1;--series-3:#e896cd;--series-4:#dfc04d;--series-5:#aeb0ff;
--good:#4fd6a8;--bad:#ff8f85;color-scheme:dark`;

export const PAGE_STYLE = `
:root{${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:72rem;margin:0 auto;padding:1rem}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem 1.25rem;margin-bottom:1rem}
h1{font-size:1.5rem;line-height:1.2;margin:0}
h2{font-size:.95rem;line-height:1.3;margin:0 0 .5rem}
header p{margin:0;color:var(--soft);overflow-wrap:anywhere}
#state{color:var(--ink)}
.dot{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.4rem;background:var(--tone)}
.good{--tone:var(--good)}.bad{--tone:var(--bad)}
.window{margin-left:auto;display:flex}
button{font:inherit;font-size:.85rem;color:var(--ink);background:var(--card);border:1px solid var(--line);padding:.25rem .8rem;
cursor:pointer}
button:first-child{border-radius:.4rem 0 0 .4rem}
button:last-child{border-radius:0 .4rem .4rem 0;border-left:0}
button[aria-pressed=true]{background:var(--series-0);border-color:var(--series-0);color:var(--card)}
.tile,.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem}
#tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:0}
.tile{padding:.6rem .9rem}
dt{font-size:.8rem;color:var(--soft)}
dd{margin:0;font-size:1.45rem;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums;white-space:nowrap}
.tile.bad{border-color:var(--bad)}.tile.bad dd{color:var(--bad)}
#reload,#store,#takeover{margin:.75rem 0 0;overflow-wrap:anywhere}
#hint{margin:.75rem 0 0;color:var(--soft)}
#charts,.tables{display:grid;gap:1.5rem;margin:1.5rem 0 0}
#charts{grid-template-columns:minmax(0,1fr)}
.card{margin:0;padding:.9rem 16px;min-width:0}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
.legend{display:flex;flex-wrap:wrap;gap:0 1rem;list-style:none;margin:0;padding:0;font-size:.8rem;color:var(--soft)}
.swatch{display:inline-block;width:.7rem;height:.7rem;border-radius:.15rem;margin-right:.35rem}
.chart{display:block;max-width:100%}
.chart text{font-size:11px;fill:var(--soft);font-family:inherit;font-variant-numeric:tabular-nums}
.grid{stroke:var(--grid)}.axis{stroke:var(--axis)}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .9rem .3rem 0;text-align:left;border-bottom:1px solid var(--grid);white-space:nowrap;font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-size:.8rem}
.figures td,.figures thead th:not(:first-child),.last td:last-child,.last thead th:last-child{text-align:right}
tbody th{font-weight:600}
tbody tr:last-child>*{border-bottom:0}
.requests th,.requests td{font-weight:400}.requests td:nth-child(n+5),.requests thead th:nth-child(n+5){text-align:right}
.failed>*{color:var(--bad)}
.recent{max-height:21rem;overflow-y:auto}.recent thead th{position:sticky;top:0;background:var(--card)}
.none{color:var(--soft);text-align:left!important}
.stale #tiles,.stale #charts,.stale .tables{opacity:.5}
:focus-visible{outline:2px solid var(--series-0);outline-offset:2px}
@media (min-width:53rem){#charts,.tables{grid-template-columns:repeat(2,minmax(0,1fr))}.wide{grid-column:1/-1}}
@media (max-width:30rem){#tiles{grid-template-columns:repeat(2,1fr)}.window{margin-left:0}main{padding:.75rem}
.figures th,.figures td{white-space:normal;padding-right:.6rem}.figures thead th{vertical-align:bottom}
.signals thead{display:none}.signals tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--grid)}
.signals tr>*{border:0;white-space:normal}.signals td:nth-child(2),.signals td:nth-child(3){grid-column:1/-1;padding:0}
.signals td:nth-child(2){grid-row:2}.signals td:nth-child(3){grid-row:3;font-size:.75rem;color:var(--soft);padding-bottom:.4rem}
.signals tr:last-child{border:0}.signals td.none{grid-row:1}}
`;
