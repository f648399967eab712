import { visible } from '@wsss/files';
import type { SplitCheck, SplitsCheck } from './check-splits.js';

const shown = 20;
const some = (names: readonly string[]) => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;
const number = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');

/** A split's size beside the published one, in words. */
export function describeCount({ name, split, records, published }: SplitCheck): string {
  const images = `${number(records)} image${records === 1 ? '' : 's'}`;
  if (!published) return images;
  const note = published.note ? ` (${published.note.replace(/\d{4,}/g, digits => number(Number(digits)))})` : '';
  const more = records - published.count;
  if (more === 0) return `${images}, as published${note}`;
  const difference = more < 0 ? `${number(-more)} are not here` : `${number(more)} are too many`;
  return `${images}; ${name} ${split} has ${number(published.count)}${note}: ${difference}`;
}

/** A check as a text for people. */
export function describeCheck({ splits, duplicates, notOpened }: SplitsCheck): string {
  const lines: string[] = [];
  const list = <T>(items: readonly T[], text: (item: T) => string | readonly string[]) => {
    lines.push(...items.slice(0, shown).flatMap(item => [text(item)].flat().map(line => `    ${line}`)));
    if (items.length > shown) lines.push(`    … and ${items.length - shown} more (--json lists all)`);
  };
  for (const split of splits) {
    const { bad, problems, unlabeled, opened, turned } = split;
    lines.push(`${split.split}: ${describeCount(split)}`);
    if (!split.hasMasks) lines.push('  no masks');
    lines.push(...opened.notes.map(note => `  ${note}`));
    if (opened.leftOut.length) {
      const { outlines } = opened;
      lines.push(
        outlines?.unusable
          ? `  ${outlines.unusable} of ${outlines.count} outlines cannot be used; their images are left out:`
          : `  ${opened.leftOut.length} left out:`,
      );
      list(opened.leftOut, reason => reason);
    }
    lines.push(bad.length ? `  ${bad.length} cannot be used:` : '  every image can be used');
    list(bad, ({ problems }) => problems);
    lines.push(...problems.map(problem => `  ${problem}`));
    if (turned.length)
      lines.push(
        `  ${turned.length} stored turned (EXIF orientation) and read upright, as viewers show them; ` +
          `masks are taken to be drawn so: ${some(turned)}`,
      );
    if (unlabeled.length) lines.push(`  ${unlabeled.length} without any class: ${some(unlabeled)}`);
  }
  if (duplicates.length) lines.push(`${duplicates.length} image${duplicates.length > 1 ? 's are' : ' is'} there twice:`);
  else if (splits.length > 1) lines.push('no image is in two splits');
  list(duplicates, ({ first, second, same }) => `${first.split} ${first.id} = ${second.split} ${second.id} (same ${same})`);
  for (const { split, reason } of notOpened) lines.push(`${split}: not checked: ${reason}`);
  return [...lines, '', ...classTable(splits)].map(line => visible(line)).join('\n');
}

/** Rows are classes, columns splits: images, and the share of pixels where masks were read. */
function classTable(splits: readonly SplitCheck[]): string[] {
  // A class may be called "background", too.
  const rows = new Map(splits.flatMap(({ classes }) => classes.map(({ name, label }) => [`${label} ${name}`, { name, label }] as const)));
  const width = Math.max(...[...rows.values()].map(({ name }) => name.length), 5);
  const row = ([name = '', ...cells]: string[]) => [name.padEnd(width), ...cells.map(text => text.padStart(18))].join(' ');
  const cell = ({ classes }: SplitCheck, row: { name: string; label: number }) => {
    const { images, pixelShare } = classes.find(({ name, label }) => name === row.name && label === row.label) ?? {};
    if (images === undefined) return '';
    return `${number(images)}${pixelShare === undefined ? '' : ` ${(100 * pixelShare).toFixed(2).padStart(6)} %`}`;
  };
  const head = splits.map(({ split }) => split);
  const lines = [...rows.values()].map(entry => [entry.name, ...splits.map(split => cell(split, entry))]);
  return [...[['', ...head], ...lines].map(row), '(images with the class, and its share of the pixels)'];
}
