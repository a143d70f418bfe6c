/** Colours, type and tables of every page. Each ink has a contrast of 4.5 or more (WCAG 2.2, 1.4.3) on each ground that it stands on. */
export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --paper: #ffffff; --ink: #191d22; --soft: #4a545f; --line: #d3d9df; --ground: #f4f6f8; --link: #0b4f9e;
  --good: #14602c; --good-ground: #e1f2e6; --bad: #9c1710; --bad-ground: #fde7e4;
  --warn: #714700; --warn-ground: #fcefcf; --odd: #56368a; --odd-ground: #efe8fa; --none: #4a545f; --none-ground: #e9edf1;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #12161b; --ink: #e7eaee; --soft: #aab4bf; --line: #38424d; --ground: #1b2129; --link: #8cbcff;
    --good: #84d79e; --good-ground: #16301f; --bad: #ff9f95; --bad-ground: #421b18;
    --warn: #f3c366; --warn-ground: #3a2b0d; --odd: #ccaef7; --odd-ground: #2d2242; --none: #b6c0ca; --none-ground: #262e37;
  }
}
@media print { :root { color-scheme: light; font-size: 10.5pt; } }
* { box-sizing: border-box; }
body { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
h1, h2, h3, h4 { line-height: 1.25; margin: 0; font-weight: 650; text-wrap: balance; }
h1 { font-size: 1.75rem; }
h2 { font-size: 1.3rem; }
h3 { font-size: 1.05rem; }
p { margin: 0.5rem 0; }
a { color: var(--link); }
code { font: 0.875em/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; unicode-bidi: isolate; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.6rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
caption { text-align: left; color: var(--soft); padding: 0 0 0.5rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.good { color: var(--good); background: var(--good-ground); }
.bad { color: var(--bad); background: var(--bad-ground); }
.warn { color: var(--warn); background: var(--warn-ground); }
.odd { color: var(--odd); background: var(--odd-ground); }
.none { color: var(--none); background: var(--none-ground); }
.soft { color: var(--soft); }
.out-of-sight { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
