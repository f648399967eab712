import { visible } from '@wsss/files/json';

/** Text that is safe inside HTML and its attributes: nothing in it acts on the page, or turns the direction of what stands around it. */
export function escapeHtml(text: string): string {
  return visible(text, '\n\t').replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** A link to a file below the page, whatever its name: `#`, `?`, `%` and `:` mean nothing in it. */
export const linkTo = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** A part of a page under a heading; in pages with several, the headings are listed at the top. */
export interface Section {
  title: string;
  html: string;
}

interface Page {
  title: string;
  /** HTML under the title, before the sections. */
  lead: string;
  sections: readonly Section[];
  /** JavaScript that runs when the page is there; must not contain a closing script tag. */
  script?: string;
}

/** A self-contained HTML page, which opens from disk without network, readable on a phone, in the colors that its reader prefers. */
export function page({ title, lead, sections, script }: Page): string {
  const shown = sections.filter(({ html }) => html);
  const anchor = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const contents = shown.map(({ title: name }) => `<a href="#${anchor(name)}">${escapeHtml(name)}</a>`).join('');
  const section = ({ title: name, html }: Section) => `<section id="${anchor(name)}"><h2>${escapeHtml(name)}</h2>\n${html}</section>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="mcc">
<title>${escapeHtml(title)}</title>
<style>${style}</style></head><body>
<header><h1>${escapeHtml(title)}</h1>${lead}</header>
${shown.length > 2 ? `<nav>${contents}</nav>` : ''}
<main>${shown.map(section).join('\n')}</main>
${script ? `<script>${script}</script>` : ''}
</body></html>
`;
}

/** Small facts side by side. */
export function chips(facts: readonly string[]): string {
  return `<ul class="chips">${facts.map(fact => `<li>${escapeHtml(fact)}</li>`).join('')}</ul>`;
}

/** Large figures side by side, the first as the most important. */
export function tiles(figures: readonly (readonly [name: string, value: string])[]): string {
  const shown = figures.map(([name, value]) => `<div><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></div>`);
  return `<div class="tiles">${shown.join('')}</div>`;
}

/** A table that scrolls sideways where it does not fit. Cells are HTML; the first of a row is its heading. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], kind = ''): string {
  const row = ([first, ...rest]: readonly string[]) =>
    `<tr><th scope="row">${first}</th>${rest.map(cell => `<td>${cell}</td>`).join('')}</tr>`;
  const heading = head.length ? `<thead><tr>${head.map(cell => `<th scope="col">${cell}</th>`).join('')}</tr></thead>` : '';
  return `<div class="scroll"><table class="${kind}">${heading}<tbody>${rows.map(row).join('')}</tbody></table></div>`;
}

/** Pictures with captions (HTML), so many in a row, or fewer where the page is narrow. */
export function pictures(panels: readonly { uri: string; alt: string; caption: string }[], across = 6): string {
  const one = ({ uri, alt, caption }: (typeof panels)[number]) =>
    `<figure><img src="${uri}" alt="${escapeHtml(alt)}"><figcaption>${caption}</figcaption></figure>`;
  const columns = `--across:${across};--narrow:${across > 4 ? 3 : Math.min(2, across)}`;
  return `<div class="pictures" style="${columns}">${panels.map(one).join('')}</div>`;
}

/** Something that is shown when it is asked for. */
export function fold(title: string, html: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${escapeHtml(title)}</summary>${html}</details>`;
}

/** What there is to say about each of several runs, folded up; about one alone, as it is. Nothing about those without it. */
export function eachRun<Run extends { name: string }>(
  runs: readonly Run[],
  html: (run: Run) => string,
  { open = 'none', title = name => name }: { open?: 'all' | 'first' | 'none'; title?: (name: string) => string } = {},
): string {
  const parts = runs.map(run => ({ name: run.name, html: html(run) })).filter(part => part.html);
  if (runs.length === 1) return parts[0]?.html ?? '';
  return parts.map((part, i) => fold(title(part.name), part.html, open === 'all' || (open === 'first' && i === 0))).join('');
}

const style = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b2330;--soft:#f2f4f8;--line:#d8dee8;--dim:#5c6878;--link:#2456c4;--good:#12805c;
--bad:#c2334d;
--s0:#2f63d6;--s1:#d9780f;--s2:#c2334d;--s3:#12908a;--s4:#4d9221;--s5:#8b46c8;--s6:#8c6239;--s7:#6b7a90}
@media(prefers-color-scheme:dark){:root{--ground:#11151c;--text:#e3e8f0;--soft:#1a202b;--line:#313b4b;--dim:#98a4b6;--link:#8ab0ff;
--good:#4cc79d;--bad:#ff7d92;
--s0:#7ba4ff;--s1:#ffb054;--s2:#ff7d92;--s3:#4fd0c8;--s4:#9bd46a;--s5:#c79bff;--s6:#d3a877;--s7:#a4b1c4}}
*{box-sizing:border-box}
html{scroll-padding-top:3rem;-webkit-text-size-adjust:100%}
body{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;background:var(--ground);color:var(--text);max-width:1180px;
margin:0 auto;padding:1.2rem clamp(.8rem,3vw,2rem) 4rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:.2rem 0 .6rem}h2{font-size:1.2rem;margin:2.4rem 0 .7rem}h3{font-size:1rem;margin:1.4rem 0 .5rem}
h2 small,h3 small{font-weight:normal;color:var(--dim)}
p{max-width:75ch;margin:.5rem 0}.dim,figcaption,small{color:var(--dim)}a{color:var(--link)}code{font-size:.9em}
nav{position:sticky;top:0;z-index:2;display:flex;gap:1.1rem;overflow-x:auto;white-space:nowrap;background:var(--ground);
border-bottom:1px solid var(--line);padding:.55rem 0;font-size:.9rem}nav a{text-decoration:none}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;list-style:none;margin:.4rem 0;padding:0}
.chips li{background:var(--soft);border-radius:1rem;padding:.1rem .7rem;font-size:.87rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.6rem,1fr));gap:.7rem;margin:1rem 0}
.tiles div{background:var(--soft);border-radius:.7rem;padding:.7rem .9rem}
.tiles b{display:block;font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tiles span{display:block;font-size:.87rem;line-height:1.3}
.scroll{overflow-x:auto;margin:.6rem 0}table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.28rem .8rem .28rem 0;text-align:right;border-bottom:1px solid var(--line);vertical-align:top}
th:first-child{text-align:left;font-weight:500}th,td{overflow-wrap:normal}tbody th,td{white-space:nowrap}
thead th{color:var(--dim);font-weight:500}
table.facts td{text-align:left;white-space:normal;overflow-wrap:anywhere}table.facts th{white-space:nowrap;color:var(--dim)}
i{display:inline-block;width:.8em;height:.8em;margin-right:.45em;border-radius:2px;border:1px solid var(--line);vertical-align:-.05em}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:1.4rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:1.4rem;align-items:start}figure{margin:0}
.chart figcaption{font-weight:600;color:var(--text);font-size:.95rem;margin-bottom:.2rem}
svg{display:block;width:100%;height:auto}svg text{font-size:12px;fill:var(--dim)}svg .in{fill:var(--text)}svg .grid{stroke:var(--line)}
.legend{font-size:.85rem;display:flex;flex-wrap:wrap;gap:.1rem 1rem}
.bars{display:grid;grid-template-columns:max-content 1fr;gap:.3rem .8rem;font-size:.9rem;align-items:center;max-width:60rem}
.bars .set{display:grid;gap:2px}
.bars .bar{display:flex;align-items:center;gap:.5rem;font-size:.78rem;line-height:1.15;color:var(--dim);font-variant-numeric:tabular-nums}
.bars .bar b{height:.62rem;border-radius:2px;min-width:1px}.bars .bar span{min-width:2.4rem}
.pictures{display:grid;grid-template-columns:repeat(var(--across),1fr);gap:.7rem .6rem;margin:.4rem 0}
.pictures img{width:100%;display:block;border-radius:5px;background:var(--soft)}
.pictures figcaption{font-size:.82rem;line-height:1.3;margin:.2rem 0 .4rem}
@media(max-width:640px){.pictures{grid-template-columns:repeat(var(--narrow),1fr)}}
details{margin:.7rem 0}summary{cursor:pointer;font-weight:500}
pre{overflow:auto;background:var(--soft);padding:1rem;border-radius:.6rem;font-size:.85rem;max-height:36rem}
.example{margin:1rem 0 .3rem}.example i{margin-left:.5em}.good{color:var(--good)}.bad{color:var(--bad)}
@media print{nav{display:none}}
`;
