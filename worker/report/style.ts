// The looks of every page: two palettes that follow the reader's system, one column on a phone, black on white on paper.
// Charts take their colours from the same variables, so that they follow, too.

const LIGHT = `--page:#fafaf8;--card:#fff;--text:#1c1d21;--muted:#5f636d;--line:#e2e2dd;--accent:#0a6cd6;--good:#1a7f45;
--bad:#b3261e;--warn:#8a5a00;--bar:#9db4cd;--grid:#e8e8e4;--hot:#0a6cd6;--cold:#e9f1fb;--on-hot:#fff;
--load:#c98a1b;--warm:#d9b45b;--measure:#2f7fd3;--fetch:#8661c1;--service:#b3261e;--other:#a5a8b0`;
const DARK = `--page:#16171a;--card:#1f2125;--text:#ececee;--muted:#a3a7b0;--line:#34373d;--accent:#5aa9ff;--good:#5fd08d;
--bad:#ff8a80;--warn:#f0b94d;--bar:#566a82;--grid:#2d3036;--hot:#2474d6;--cold:#1d2a3a;--on-hot:#fff;
--load:#d79a33;--warm:#a8884a;--measure:#4c9bee;--fetch:#a98be0;--service:#ff8a80;--other:#6d717a`;

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,footer{max-width:1080px;margin:0 auto;padding:0 16px}
header{padding:24px 0 8px}
h1{font-size:1.5rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:0 0 12px}
h3{font-size:.95rem;margin:20px 0 8px}
p{margin:8px 0}
.lead,.muted,footer,figcaption p{color:var(--muted)}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px;margin:16px 0}
section,td,dd,li,p{overflow-wrap:anywhere}
footer{padding-top:8px;padding-bottom:32px;font-size:.85rem;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:12px 20px;margin:0}
.facts dt{color:var(--muted);font-size:.8rem}
.facts dd{margin:0}
.big dd{font-size:1.15rem;font-weight:600}
.facts div:has(code){grid-column:1/-1}
.big .small dd,.small{font-size:.9rem;font-weight:400}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.tag{display:inline-block;border:1px solid currentColor;border-radius:999px;padding:0 8px;font-size:.8rem;white-space:nowrap}
pre{background:var(--page);border:1px solid var(--line);border-radius:8px;padding:12px;margin:8px 0;white-space:pre-wrap;overflow-wrap:anywhere}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--muted);font-weight:500}
th{overflow-wrap:normal;white-space:nowrap}
td [data-value]{white-space:nowrap;font-variant-numeric:tabular-nums}
tr:last-child td{border-bottom:0}
ul{margin:8px 0;padding-left:20px}
details{margin:12px 0 0}
summary{cursor:pointer;color:var(--accent)}
details>*:not(summary){margin-top:8px}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:16px;align-items:start}
figure{margin:0}
figcaption{font-weight:600}
figcaption p{font-weight:400;font-size:.85rem;margin:2px 0 8px}
figure svg{display:block;width:100%;max-width:520px;height:auto}
figure svg text{font-family:inherit}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:.85rem;list-style:none;padding:0}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:5px;vertical-align:-1px}
.banner{margin:0;padding:10px 16px;background:var(--warn);color:var(--page);font-weight:600;text-align:center}
.watermark{position:fixed;inset:0;display:flex;align-items:center;justify-content:center;pointer-events:none;z-index:1;
font-size:min(18vw,180px);font-weight:800;letter-spacing:.05em;color:var(--text);opacity:.045;transform:rotate(-24deg)}
.scroll{overflow-x:auto}
table.heat{width:auto;min-width:min(100%,420px);border-collapse:separate;border-spacing:3px}
table.heat th,table.heat td{border:0;padding:8px 10px;text-align:center;vertical-align:middle;white-space:nowrap;border-radius:6px}
table.heat th[scope=row]{text-align:right}
table.heat td{background:color-mix(in srgb,var(--hot) var(--heat,0%),var(--cold));min-width:76px}
table.heat td.strong{color:var(--on-hot)}
table.heat td.failed,table.heat td.slow{background:var(--card);border:1px solid currentColor}
table.heat td.failed{color:var(--bad)}table.heat td.slow{color:var(--warn)}
table.heat td.empty{background:none;border:1px dashed var(--line);color:var(--muted)}
table.heat small{display:block}
@media (min-width:900px){
.big .facts{grid-template-columns:2fr 1.5fr 1fr 1.2fr}
table.cards td[data-label=Model]{min-width:23em}
table.cards td[data-label=Context],table.cards td[data-label=Requests]{white-space:nowrap}
}
@media (max-width:640px){
main,footer{padding-left:10px;padding-right:10px}
section{padding:14px 12px;border-radius:10px}
table.cards thead{display:none}
table.cards,table.cards tbody,table.cards tr,table.cards td{display:block}
table.cards tr{border:1px solid var(--line);border-radius:8px;padding:6px 10px;margin:0 0 8px}
table.cards td{border:0;padding:2px 0;display:grid;grid-template-columns:104px 1fr;gap:8px}
table.cards td::before{content:attr(data-label);color:var(--muted)}
table.cards td>*{justify-self:start}
table.cards td:empty{display:none}
table.heat th,table.heat td{padding:6px;min-width:62px}
}
@media print{
:root{${LIGHT};--page:#fff}
body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}
section{break-inside:avoid-page;border-color:#ccc}
main,footer{max-width:none}
figure,tr{break-inside:avoid}
.scroll{overflow:visible}
}`;
