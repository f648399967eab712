import { percent } from '../report/charts.js';
import { matrixChart } from '../report/matrix-chart.js';
import { chips, escapeHtml, page, pictures, table } from '../report/page.js';
import { heatOverlay, type Pixels, patchesToPixels, relativeToLargest, toDataUri, visibleOverlay } from '../report/pictures.js';
import { inCommand } from '../run/advice.js';
import { describeRemedy } from '../training/settle-artifacts.js';
import { affinityViewer } from './affinity-viewer.js';
import type { NetworkExplanation } from './explain-network.js';
import type { Explanation } from './explanation.js';
import { stripChart } from './strip-chart.js';

const IDEA =
  'MCC lets the whole image and small, mostly hidden views of it agree about what is there – but only those views that see enough of ' +
  'what matters. This page follows one image through it.';

/**
 * A self-contained page that shows the mechanism of MCC in one image.
 *
 * @param source what the page says about where its networks come from, such as `checkpoint.safetensors, iteration 400`.
 */
export async function explainPage(found: Explanation, source: { after: string; before?: string }): Promise<string> {
  const { picture, grid, patchSize, after, before, classes, labels, patch } = found;
  const names = classes.filter((_, c) => labels[c]! > 0);
  const networks = [
    ...(before ? [{ name: 'before training', of: before }] : []),
    { name: before ? 'after training' : 'this network', of: after },
  ];
  const panel = async (pixels: Pixels, alt: string, caption: string) => ({ uri: await toDataUri(pixels), alt, caption });
  const overPatches = (values: ArrayLike<number>) => heatOverlay(picture, patchesToPixels(values, picture, patchSize));
  const image = await toDataUri(picture);
  const viewer = affinityViewer(
    image,
    networks.map(({ name, of }) => ({ name, affinity: of.affinity })),
    grid,
    patch.index,
  );
  const tap = viewer.interactive ? ' Tap another patch.' : '';
  const deciding = found.mainCamForMasks ? 'main' : 'auxiliary';
  const activation = await Promise.all([
    { uri: image, alt: found.name, caption: 'the image' },
    ...networks.flatMap(({ name, of }) => [
      panel(heatOverlay(picture, of.cam), `CAM ${name}`, `CAM, ${name}`),
      panel(heatOverlay(picture, of.auxiliaryCam), `auxiliary CAM ${name}`, `auxiliary CAM, ${name}`),
    ]),
    panel(
      overPatches(after.importance.map(v => v / 2)),
      'importance of patches',
      `importance of patches: 0, 1 or 2, by the ${deciding} CAM`,
    ),
  ]);
  const views = await Promise.all(
    found.views.map(({ hidden, visible, importance, threshold, positive }, i) => {
      const seen = visible
        ? `${visible} patches, importance ${importance} ${positive ? '>' : '≤'} ${threshold.toFixed(1)}`
        : 'sees nothing';
      const flag = `<b class="${positive ? 'good' : 'bad'}">L${i + 1} ${positive ? 'positive' : 'negative'}</b>`;
      return panel(visibleOverlay(picture, hidden, patchSize), `local view ${i + 1}`, `${flag}<br>${seen}`);
    }),
  );
  const attention = await Promise.all(
    networks.map(({ name, of }) => panel(overPatches(relativeToLargest(of.attention)), `attention ${name}`, name)),
  );
  const affinities = [found.affinity.before, found.affinity.after].flatMap(means => means ?? []);
  const positives = found.views.filter(({ positive }) => positive).length;
  const likely = after.probabilities
    .map((value, c) => ({ value, name: classes[c]! }))
    .sort((a, b) => b.value - a.value)
    .slice(0, 3)
    .map(({ name, value }) => `${escapeHtml(name)} ${percent(value)} %`)
    .join(', ');
  const globalViews = [
    { uri: image, alt: 'view 1', caption: 'view 1: T1, S1' },
    await panel(found.view2.picture, 'view 2', 'view 2: T2, S2'),
  ];
  return page({
    title: `MCC in one image: ${found.name}`,
    lead: `${chips([
      `${found.labelsFrom === 'given' ? 'labeled' : 'predicted'}: ${names.join(', ')}`,
      `${picture.width}×${picture.height} pixels, ${grid[0]}×${grid[1]} patches`,
      `${before ? 'after: ' : ''}${source.after}`,
      ...(source.before ? [`before: ${source.before}`] : []),
    ])}<p>${IDEA}</p>`,
    sections: [
      section(
        '1 What matters',
        `Class activation maps of ${escapeHtml(names.join(' and '))} say which patches matter: 0 up to ${found.thresholds.low}, ` +
          `2 from ${found.thresholds.high} on, 1 between. At this iteration the ${deciding} CAM decides. ${artifacts(found)}`,
        pictures(activation),
      ),
      section(
        '2 Affinity',
        `How alike the token of the framed patch is to every other: |cosine|, dark 0, yellow 1.${tap} ` +
          'Training wants patches with the same pseudo label alike and others different.',
        viewer.html +
          table(
            ['mean affinity', ...networks.map(({ name }) => name)],
            [
              ['patches labeled alike', ...affinities.map(({ same }) => same.toFixed(3))],
              ['labeled differently', ...affinities.map(({ different }) => different.toFixed(3))],
            ],
          ),
      ),
      section(
        '3 Local views',
        'Each view sees a few patches of the image. It is positive if their importance adds up to more than ' +
          `${found.thresholds.positiveRatio} a patch: ${positives} of ${found.views.length} are.`,
        pictures(views, 4),
      ),
      section(
        '4 Contrast',
        "Logits T·S/τ between the teacher's outputs T of the two global views and the student's outputs S and L of all views. " +
          'The loss lifts those of positive views (green) and lowers those of negative ones (red).',
        pictures(globalViews, 6) + contrast(found, networks),
      ),
      section(
        '5 Attention',
        'Where the class token looks in the last block: mean over heads, relative to the largest.',
        `${pictures(attention, 3)}<p>Likeliest classes: ${likely}.</p>`,
      ),
    ],
    script: viewer.script,
  });
}

/** What the page says about artifact tokens, which can make the auxiliary CAM a spike. */
function artifacts({ artifacts: { patches, largest, remedy }, grid: [rows, columns] }: Explanation): string {
  if (!patches.length)
    return `No token that the auxiliary classifier reads is an artifact: the longest has ${largest.toFixed(1)} times the median norm.`;
  const places = patches.slice(0, 8).map(patch => `${Math.floor(patch / columns) + 1},${(patch % columns) + 1}`);
  const where = `row, column ${places.join('; ')}${patches.length > places.length ? ' …' : ''}`;
  const strongest = `the longest has ${largest.toFixed(0)} times the median norm`;
  return (
    `${patches.length} of the ${rows * columns} tokens that the auxiliary classifier reads are artifacts (${where}; ${strongest}): ` +
    `${inCommand(describeRemedy(remedy))}.`
  );
}

const section = (title: string, text: string, content: string) => ({ title, html: `<p>${text}</p>${content}` });

function contrast(found: Explanation, networks: readonly { name: string; of: NetworkExplanation }[]): string {
  const students = ['S1', 'S2', ...found.views.map((_, i) => `L${i + 1}`)];
  const positive = [true, true, ...found.views.map(view => view.positive)];
  const kind = (view: number) => (positive[view] ? 'positive' : 'negative');
  const when = (name: string) => (networks.length > 1 ? `${name.split(' ')[0]} ` : '');
  const matrix = matrixChart(
    students.map((name, view) => `${name} ${kind(view)}`),
    networks.flatMap(({ name }) => ['T1', 'T2'].map(teacher => when(name) + teacher)),
    (view, column) => {
      const { name, of } = networks[Math.floor(column / 2)]!;
      const all = of.logits.flat();
      const [low, high] = [Math.min(...all), Math.max(...all)];
      const value = of.logits[column % 2]![view]!;
      const share = 15 + (60 * (value - low)) / (high - low || 1);
      return {
        fill: `color-mix(in srgb,var(--${positive[view] ? 'good' : 'bad'}) ${share.toFixed(0)}%,transparent)`,
        text: value.toFixed(1).replace('-', '−'),
        title: `${name}, T${(column % 2) + 1} · ${students[view]}: ${value.toFixed(4)}, ${kind(view)}`,
      };
    },
    { title: 'Logits', rows: 'student', columns: 'teacher' },
  );
  const strips = stripChart(
    networks.map(({ name, of }) => ({
      name: when(name).trim(),
      values: of.logits.flatMap((row, t) =>
        row.map((value, s) => ({ value, kind: positive[s] ? 0 : 1, title: `T${t + 1} · ${students[s]}` })),
      ),
    })),
    [
      { name: 'positive', color: 'var(--good)' },
      { name: 'negative', color: 'var(--bad)' },
    ],
    { title: 'Positive and negative logits', x: 'T·S / τ; the stroke is the mean' },
  );
  const losses = networks.map(({ name, of }) => `${name} <b>${of.contrast.toFixed(3)}</b>`).join(', ');
  const flags = networks.length > 1 ? ', both by the flags of the trained network' : '';
  return `<div class="pair">${matrix}${strips}</div><p>Contrast loss of this image: ${losses}${flags}.</p>`;
}
