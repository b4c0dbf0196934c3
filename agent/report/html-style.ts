/** `report.css` */

export const CSS = `:root {
  color-scheme: light dark;
  --text: #1f2328; --quiet: #59636e; --page: #ffffff; --panel: #f6f8fa; --line: #d1d9e0; --link: #0969da;
  --run: #1a7f37; --run-page: #eaf7ee; --miss: #cf222e; --miss-page: #ffebe9; --fair: #9a6700; --here: #fff8c5;
  --good-bar: #2da44e; --fair-bar: #d4a72c; --poor-bar: #e5534b; --track: #e4e8ec;
  --comment: #59636e; --string: #0a3069; --keyword: #a40e26; --number: #0550ae;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --quiet: #9198a1; --page: #0d1117; --panel: #151b23; --line: #30363d; --link: #58a6ff;
    --run: #3fb950; --run-page: #10251a; --miss: #ff7b72; --miss-page: #3a1719; --fair: #d29922; --here: #3b3212;
    --good-bar: #3fb950; --fair-bar: #d29922; --poor-bar: #f85149; --track: #262c36;
    --comment: #9198a1; --string: #a5d6ff; --keyword: #ff9b93; --number: #79c0ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
[hidden], .skip:not(:focus) { display: none !important; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.folder, .about, .keys, small, footer { color: var(--quiet); }
kbd { padding: 0 .4em; border: 1px solid var(--line); border-radius: 4px; background: var(--page); font: 12px ui-monospace, monospace; }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 2rem;
  padding: .7rem 1.5rem; background: var(--panel); border-bottom: 1px solid var(--line); }
header > :first-child { flex: 1 1 18rem; min-width: 0; }
h1 { margin: 0; font-size: 1.2rem; overflow-wrap: anywhere; }
p { margin: 0; }
nav a { margin-right: 1rem; font-size: .9rem; }
.share p { display: flex; align-items: baseline; gap: .8rem; }
.share strong { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.bar { display: block; width: 100%; height: 6px; border-radius: 3px; background: var(--track); }
.bar.good { fill: var(--good-bar); } .bar.fair { fill: var(--fair-bar); } .bar.poor { fill: var(--poor-bar); }
.share.good strong, td.good { color: var(--run); }
.share.fair strong, td.fair { color: var(--fair); }
.share.poor strong, td.poor { color: var(--miss); }
button, input { font: inherit; color: inherit; }
.jump { display: flex; align-items: center; gap: .5rem; }
.jump button { width: 2.2rem; height: 2rem; border: 1px solid var(--line); border-radius: 6px; background: var(--page); cursor: pointer; }
.jump button:hover { border-color: var(--link); }
output { min-width: 5rem; color: var(--quiet); font-variant-numeric: tabular-nums; }

.index main { max-width: 70rem; margin: 1rem auto; padding: 0 1.5rem; }
.filter { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; margin-bottom: .8rem; }
.filter [type=search] { width: 18rem; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--page); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .35rem .8rem; text-align: left; font-weight: normal; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; white-space: nowrap; }
thead button { padding: 0; border: 0; background: none; font-weight: inherit; cursor: pointer; }
thead [aria-sort=ascending] button::after { content: ' ▲' / ''; font-size: .7em; }
thead [aria-sort=descending] button::after { content: ' ▼' / ''; font-size: .7em; }
tbody th { overflow-wrap: anywhere; }
tbody tr:hover { background: var(--panel); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
td.share { width: 22%; min-width: 6rem; }
tfoot th, tfoot td { font-weight: 600; border-bottom: 0; }
footer { margin: 2rem; text-align: center; font-size: .85rem; }

.file main { padding-right: 14px; }
.note { margin: 1rem 1.5rem; padding: .5rem .8rem; border-left: 4px solid var(--fair-bar); background: var(--panel); }
.source { padding: .5rem 0 50vh; font: 13px/20px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-x: auto; }
.source ol { margin: 0; padding: 0; list-style: none; min-width: max-content; content-visibility: auto; contain-intrinsic-size: auto 4000px; }
.source li { display: flex; height: 20px; border-left: 4px solid transparent; scroll-margin: 9rem; }
.source li a { flex: none; width: 4.5rem; padding-right: .8rem; text-align: right; color: var(--quiet); user-select: none; }
.source i { flex: none; width: 1.4rem; font-style: normal; user-select: none; }
.source code { padding-right: 2rem; font: inherit; white-space: pre; tab-size: 8; unicode-bidi: isolate; }
.source .run { border-color: var(--good-bar); background: var(--run-page); }
.source .run i { color: var(--run); opacity: .55; }
.source .miss { border-color: var(--poor-bar); border-left-style: double; background: var(--miss-page); }
.source .more { border-color: transparent; }
.source .miss i, .source .miss:not(.more) a { color: var(--miss); font-weight: bold; }
.source li:target, .source li:focus { outline: 2px solid var(--link); outline-offset: -2px; background: var(--here); }
.c { color: var(--comment); font-style: italic; } .s { color: var(--string); } .k { color: var(--keyword); } .n { color: var(--number); }
.map { position: fixed; inset: 0 0 0 auto; z-index: 2; width: 14px; height: 100vh; border-left: 1px solid var(--line); background: var(--panel); fill: var(--poor-bar); cursor: pointer; }
@media (max-width: 45rem) { .keys { display: none; } .index td.share, .index thead th:last-child { display: none; } .file header { position: static; } }
@media print { header { position: static; } .jump, .map, .filter { display: none; } .source ol { content-visibility: visible; } * { print-color-adjust: exact; } }
`;
