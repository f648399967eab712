import { countProblems, describeCount, type SegmentationDataset, type SplitCheck, type SplitsCheck } from '@wsss/datasets';
import { colored, labelColor } from './colors.js';
import { chips, escapeHtml, page, pictures, type Section, table } from './page.js';
import { dataUri, labelOverlay, raw } from './pictures.js';

const mostListed = 200;
/** Images of a split. */
const shown = 24;

/** One self-contained HTML page about a data check: what is wrong, the classes, and images of each split under their masks. */
export async function contactSheet(title: string, check: SplitsCheck): Promise<string> {
  const problems = countProblems(check);
  const wrong = [
    ...check.duplicates.map(({ first, second, same }) => `${first.split} ${first.id} = ${second.split} ${second.id} (same ${same})`),
    ...check.notOpened.map(({ split, reason }) => `${split} is not checked: ${reason}`),
  ];
  const sections: Section[] = [
    { title: 'Notes', html: list(wrong) },
    { title: 'Classes', html: classTable(check) },
  ];
  for (const split of check.splits) sections.push(await splitSection(split));
  const verdict = problems ? `<p class="bad">${problems} problem${problems > 1 ? 's' : ''}</p>` : '<p class="good">Nothing is wrong.</p>';
  return page({ title, lead: verdict + chips(check.splits.map(split => `${split.split}: ${describeCount(split)}`)), sections });
}

function list(items: readonly string[]): string {
  if (!items.length) return '';
  const more = items.length > mostListed ? [`… and ${items.length - mostListed} more`] : [];
  const lines = [...items.slice(0, mostListed), ...more].map(item => `<li>${escapeHtml(item)}</li>`);
  return `<ul>${lines.join('')}</ul>`;
}

async function splitSection(split: SplitCheck): Promise<Section> {
  const bad = new Set(split.bad.map(({ index }) => index));
  const good = Array.from({ length: split.records }, (_, i) => i).filter(index => !bad.has(index));
  const step = Math.max(1, good.length / shown);
  const panels: Awaited<ReturnType<typeof panel>>[] = [];
  for (let i = 0; i < Math.min(shown, good.length); i++) panels.push(await panel(split.dataset, good[Math.floor(i * step)]!));
  const parts = [
    bad.size ? `<h3 class="bad">${bad.size} cannot be used</h3>${list(split.bad.flatMap(({ problems }) => problems))}` : '',
    split.unlabeled.length ? `<h3>${split.unlabeled.length} without any class</h3>${list(split.unlabeled)}` : '',
    pictures(panels),
  ];
  return { title: split.split, html: parts.join('') };
}

async function panel(dataset: SegmentationDataset, index: number) {
  const picture = await dataset.image(index);
  const mask = await dataset.mask?.(index);
  const labels = dataset.mask || dataset.split !== 'test' ? await dataset.labels(index) : new Float32Array();
  const image = raw(mask ? labelOverlay(picture, mask.data) : picture);
  const names = dataset.classes.flatMap((name, k) => (labels[k] ? [colored(name, labelColor(k + 1))] : []));
  return {
    uri: await dataUri('jpeg', image.resize(440, 330, { fit: 'inside', withoutEnlargement: true }).jpeg({ quality: 80 })),
    alt: dataset.id(index),
    caption: `${escapeHtml(dataset.id(index))} <small>${picture.width}×${picture.height}</small><br>${names.join(' ') || 'no class'}`,
  };
}

function classTable({ splits }: SplitsCheck): string {
  const rows = new Map(splits.flatMap(({ classes }) => classes.map(({ name, label }) => [name, label] as const)));
  const head = ['class', ...splits.flatMap(({ split }) => [`${escapeHtml(split)}: images`, 'pixels'])];
  return table(
    head,
    [...rows].map(([name, label]) => [
      colored(name, labelColor(label)),
      ...splits.flatMap(({ classes }) => {
        const row = classes.find(entry => entry.name === name);
        return [`${row?.images ?? ''}`, row?.pixelShare === undefined ? '' : `${(100 * row.pixelShare).toFixed(2)} %`];
      }),
    ]),
  );
}
