/** What the page of results has beyond the base style. */
export const RESULTS_STYLE = `
header { border-bottom: 2px solid var(--ink); padding-bottom: 0.75rem; }
header p { margin: 0; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 0.75rem; }
section { margin-top: 2.5rem; }
section > h2 { margin-bottom: 0.75rem; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 1; }
.skip:focus { top: 0.5rem; }
.verdict { padding: 1.25rem 1.5rem; border-left: 0.5rem solid currentColor; }
.verdict h2 { font-size: 2.25rem; letter-spacing: -0.01em; text-wrap: wrap; }
.verdict p { margin: 0.5rem 0 0; font-size: 1.1rem; color: var(--ink); }
.verdict .symbol { margin-right: 0.15em; }
.bar { margin: 1rem 0; }
.bar svg { display: block; width: 100%; height: 0.75rem; }
.bar rect { stroke: var(--paper); stroke-width: 2; vector-effect: non-scaling-stroke; }
rect.good { fill: var(--good); } rect.bad { fill: var(--bad); } rect.warn { fill: var(--warn); }
rect.odd { fill: var(--odd); } rect.none { fill: var(--none); }
figcaption { display: flex; flex-wrap: wrap; gap: 0.35rem 1.1rem; margin-top: 0.5rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0.5rem 3rem; }
.columns h3 { margin: 1rem 0 0.5rem; }
ul { padding-left: 1.1rem; margin: 0.25rem 0; }
ul.plain, ul.cases, ul.checks { list-style: none; padding: 0; }
ul.plain > li { padding: 0.35rem 0; border-bottom: 1px solid var(--line); }
ul.plain ul.plain > li { border: 0; padding: 0.1rem 0; }
ul.links > li > code { display: block; }
.badge { display: inline-block; padding: 0 0.5em; border-radius: 0.2rem; font-size: 0.875rem; font-weight: 600; white-space: nowrap; }
dl { margin: 0; }
dd { margin: 0; unicode-bidi: isolate; }
.facts > div { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0.75rem; padding: 0.35rem 0; border-bottom: 1px solid var(--line); }
.facts dt { color: var(--soft); }
.wide { overflow-x: auto; }
.matrix { width: auto; min-width: min(100%, 32rem); border-spacing: 3px; border-collapse: separate; }
.matrix th, .matrix td { border: 0; overflow-wrap: break-word; max-width: 16rem; }
.matrix td { padding: 0; border-radius: 0.2rem; min-width: 3rem; }
.matrix td a { display: block; padding: 0.4rem 0.6rem; border-radius: 0.2rem; font-weight: 600; text-decoration: none; white-space: nowrap; }
.matrix td.no-case { padding: 0.4rem 0.6rem; color: var(--soft); }
.matrix a:hover, .tile:hover { text-decoration: underline; outline: 1px solid currentColor; }
.groups th[scope='row'] { width: 16rem; }
.groups td:last-child { width: 12rem; }
.tiles { line-height: 1.9rem; }
.tile { display: inline-block; position: relative; min-width: 1.6rem; line-height: 1.6rem; border-radius: 0.2rem; text-align: center; font-weight: 700; text-decoration: none; }
form { border: 1px solid var(--line); background: var(--ground); padding: 0.75rem 1rem; margin-bottom: 1rem; }
fieldset { border: 0; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0.35rem 1rem; }
legend { padding: 0; margin-bottom: 0.25rem; }
legend, .field { color: var(--soft); font-size: 0.875rem; }
.choice { display: inline-flex; align-items: center; gap: 0.35rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr)); gap: 0.75rem; margin: 0.75rem 0; }
.field { display: grid; gap: 0.2rem; min-width: 0; }
select, input[type="search"], button { font: inherit; font-size: 1rem; color: var(--ink); background: var(--paper); border: 1px solid var(--soft); border-radius: 0.2rem; padding: 0.35rem 0.5rem; min-width: 0; width: 100%; }
button { width: auto; padding: 0.35rem 0.9rem; cursor: pointer; }
input[type="checkbox"] { width: 1.1rem; height: 1.1rem; accent-color: var(--link); }
.actions { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0.5rem 1rem; margin: 0; }
.part { margin-top: 1.5rem; }
.part h3 { margin-bottom: 0.5rem; }
.case { scroll-margin-top: 1rem; }
.case > details { border-left: 0.25rem solid var(--edge); border-bottom: 1px solid var(--line); }
.good-edge { --edge: var(--good); } .bad-edge { --edge: var(--bad); } .warn-edge { --edge: var(--warn); }
.odd-edge { --edge: var(--odd); } .none-edge { --edge: var(--none); }
summary { cursor: pointer; }
.case > details > summary { display: grid; grid-template-columns: 0.75rem 8.5rem minmax(45%, 1fr) auto; gap: 0 0.75rem; align-items: baseline; padding: 0.4rem 0.75rem; }
.case > details > summary::before { content: "+"; content: "+" / ""; color: var(--soft); }
.case > details[open] > summary::before { content: "\\2212"; content: "\\2212" / ""; }
.case > details > summary > .badge { justify-self: start; }
.case summary:hover { background: var(--ground); }
.case details[open] > summary .title { font-weight: 650; }
.inside { padding: 0.25rem 0.75rem 0.75rem 11.5rem; scroll-margin-top: 5rem; }
.inside h4 { font-size: 1rem; margin-bottom: 0.35rem; }
.fault, .finding { margin: 0.75rem 0; padding: 0.6rem 0.9rem; background: var(--ground); }
.fault { border-left: 0.2rem solid var(--soft); }
.inside dl { display: grid; grid-template-columns: 7rem 1fr; gap: 0.2rem 0.75rem; }
.inside dt { color: var(--soft); }
.text { white-space: pre-wrap; unicode-bidi: isolate; }
.checks { font-size: 0.875rem; color: var(--soft); }
.checks .level { display: inline-block; width: 6rem; }
.checks code { color: var(--ink); }
.meanings > div { display: grid; grid-template-columns: 9rem 1fr; gap: 0.75rem; padding: 0.25rem 0; }
@media screen and (max-width: 40rem) {
  body { padding: 1rem 1rem 3rem; }
  .verdict { padding: 1rem; }
  .verdict h2 { font-size: 1.6rem; }
  .case > details > summary { grid-template-columns: 0.75rem 1fr; }
  .case > details > summary > :not(.badge) { grid-column: 2; }
  .matrix .word { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .matrix td a { text-align: center; position: relative; }
  .facts > div, .inside dl, .meanings > div { grid-template-columns: 1fr; gap: 0.1rem; }
  .inside { padding-left: 0.75rem; }
  .groups th[scope='row'] { width: auto; }
  .groups thead { position: absolute; clip-path: inset(50%); }
  .groups tr, .groups th, .groups td { display: block; border: 0; padding: 0.1rem 0; }
  .groups td:last-child { width: auto; }
  .groups tr { padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
}
@media screen { [data-out] { display: none; } }
@media print {
  @page { margin: 18mm 16mm; }
  body { max-width: none; padding: 0; }
  :root { --link: var(--ink); }
  form, .skip, .unchecked details { display: none; }
  .inside { padding-left: 2rem; }
  * { print-color-adjust: exact; }
  a { text-decoration: none; }
  section { margin-top: 1.5rem; }
  h2, h3, h4, summary { break-after: avoid; }
  .verdict, .finding, .fault, tr, .facts > div, .meanings > div, ul.plain > li { break-inside: avoid; }
  .wide { overflow: visible; }
}
`;
