import { escapeHtml } from '../report/page.js';
import { heatColor } from '../report/pictures.js';

/** Beyond this many patches only the chosen one is in the page, so that it stays small: the matrix grows with the square. */
const INTERACTIVE_PATCHES = 1600;

/**
 * Shows the affinity of one patch to all others over the picture, for several networks side by side. Tapping a patch chooses it.
 *
 * @param uri The picture.
 * @param maps What each network is called, and its affinities [N, N] in [0, 1].
 * @param chosen Number of the patch that is shown first.
 */
export function affinityViewer(
  uri: string,
  maps: readonly { name: string; affinity: Float32Array }[],
  [rows, columns]: readonly [number, number],
  chosen: number,
): { html: string; script: string; interactive: boolean } {
  const count = rows * columns;
  const interactive = count <= INTERACTIVE_PATCHES;
  const stage = ({ name }: (typeof maps)[number]) =>
    `<figure><div class="stage"><img src="${uri}" alt="${escapeHtml(name)}: affinity of a patch">` +
    `<canvas width="${columns}" height="${rows}"></canvas><span></span></div>` +
    `<figcaption>${escapeHtml(name)}: <output></output></figcaption></figure>`;
  const base64 = maps.map(({ affinity }) => {
    const shown = interactive ? affinity : affinity.subarray(chosen * count, (chosen + 1) * count);
    return Buffer.from(Uint8Array.from(shown, v => Math.round(255 * v))).toString('base64');
  });
  const palette = Array.from({ length: 256 }, (_, v) => heatColor(v / 255));
  const data = { rows, columns, chosen, interactive, palette, maps: base64 };
  const html = `<style>
.affinity{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,16rem),1fr));gap:.8rem;max-width:60rem}
.stage{position:relative;overflow:hidden;border-radius:5px${interactive ? ';cursor:crosshair' : ''}}
.stage img{width:100%;display:block;filter:grayscale(1)}
.stage canvas{position:absolute;inset:0;width:100%;height:100%;image-rendering:pixelated;opacity:.72}
.stage span{position:absolute;border:2px solid #fff;outline:1.5px solid #000;border-radius:2px;pointer-events:none}
.stage span{width:${100 / columns}%;height:${100 / rows}%}
</style><div class="affinity">${maps.map(stage).join('')}</div>`;
  return { html, interactive, script: `(${viewer})(${JSON.stringify(data)});` };
}

// Runs in the page. Written as text so that no build step touches it.
const viewer = `data => {
  const { rows, columns, palette, interactive } = data;
  const maps = data.maps.map(text => Uint8Array.from(atob(text), c => c.charCodeAt(0)));
  const stages = [...document.querySelectorAll('.affinity figure')];
  const show = patch => stages.forEach((figure, i) => {
    const context = figure.querySelector('canvas').getContext('2d');
    const pixels = context.createImageData(columns, rows);
    const first = interactive ? patch * rows * columns : 0;
    let sum = 0;
    for (let n = 0; n < rows * columns; n++) {
      const value = maps[i][first + n];
      sum += value;
      pixels.data.set([...palette[value], 255], 4 * n);
    }
    context.putImageData(pixels, 0, 0);
    const marker = figure.querySelector('span');
    marker.style.left = 100 * (patch % columns) / columns + '%';
    marker.style.top = 100 * Math.floor(patch / columns) / rows + '%';
    const place = 'row ' + (Math.floor(patch / columns) + 1) + ', column ' + (patch % columns + 1);
    figure.querySelector('output').textContent = place + ', mean ' + (sum / rows / columns / 255).toFixed(2);
  });
  show(data.chosen);
  if (interactive) for (const stage of document.querySelectorAll('.stage')) stage.addEventListener('click', event => {
    const box = stage.getBoundingClientRect();
    const place = (at, size, count) => Math.min(count - 1, Math.max(0, Math.floor(at / size * count)));
    show(place(event.clientY - box.top, box.height, rows) * columns + place(event.clientX - box.left, box.width, columns));
  });
}`;
