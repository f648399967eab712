// Draws what each parameter of the dense CRF does to one image.
//
//   node tools/scripts/parameter-pictures.mjs IMAGE LABELS OUT.png|OUT.jpg
//
// LABELS: a palette PNG, which is coarsened to patches of 16 pixels as a network's output would be.
// Rows of the picture: σ_xy, σ_rgb, weight of the appearance term, σ_xy of the smoothness term, iterations.
import { rename } from 'node:fs/promises';
import { applyCrf, LatticeEngine } from '@wsss/crf';
import { readLabelPng, readPicture, vocPalette } from '@wsss/datasets';
import sharp from 'sharp';

const [imageFile, labelFile, out] = process.argv.slice(2);
if (!out) throw new Error('Usage: node tools/scripts/parameter-pictures.mjs IMAGE LABELS OUT.png|OUT.jpg');

const { width, height, data: image } = await readPicture(imageFile);
const probabilities = await coarsen(labelFile);

const standard = { xy: 80, rgb: 13, weight: 10, smooth: 3, iterations: 10 };
const rows = [
  { parameter: 'xy', name: 'σ_xy', values: [5, 20, 80, 200] },
  { parameter: 'rgb', name: 'σ_rgb', values: [3, 7, 13, 40] },
  { parameter: 'weight', name: 'weight', values: [1, 4, 10, 30] },
  { parameter: 'smooth', name: 'smoothness σ_xy', values: [0.5, 1, 3, 10] },
  { parameter: 'iterations', name: 'iterations', values: [0, 1, 3, 10] },
];

const engine = await LatticeEngine.start();
const layers = [];
const caption = 22;
for (const [top, { parameter, name, values }] of rows.entries()) {
  for (const [left, value] of values.entries()) {
    const s = { ...standard, [parameter]: value };
    const refined = applyCrf(
      engine,
      { width, height, image, probabilities },
      {
        gaussian: { sigmaXy: s.smooth, compatibility: 3 },
        bilateral: { sigmaXy: s.xy, sigmaRgb: s.rgb, compatibility: s.weight },
        iterations: s.iterations,
      },
    );
    const at = { left: left * (width + 4), top: top * (height + caption + 4) };
    layers.push({ input: overlay(refined.labels), raw: { width, height, channels: 3 }, left: at.left, top: at.top + caption });
    const text = `<text x="4" y="16" font-size="15" font-family="sans-serif">${name} ${value}</text>`;
    layers.push({ input: Buffer.from(`<svg width="${width}" height="${caption}">${text}</svg>`), ...at });
  }
}
engine.dispose();
const size = { width: 4 * (width + 4) - 4, height: rows.length * (height + caption + 4) - 4 };
const sheet = await sharp({ create: { ...size, channels: 3, background: 'white' } })
  .composite(layers)
  .png()
  .toBuffer();
await sharp(sheet)
  .resize({ width: 1200 })
  .toFormat(out.endsWith('.jpg') ? 'jpeg' : 'png')
  .toFile(`${out}.part`);
await rename(`${out}.part`, out);

/** The labels in the colors of PASCAL VOC, half transparent over the image. */
function overlay(labels) {
  return Buffer.from(
    image.map((value, i) => {
      const label = labels[Math.floor(i / 3)];
      return label === 0 ? 0.6 * value : (value + vocPalette[3 * label + (i % 3)]) / 2;
    }),
  );
}

/** Probabilities of patches: 0.6 in the shares that labels have in a patch, 0.4 evenly. */
async function coarsen(file) {
  const patch = 16;
  const map = await readLabelPng(file);
  if (map.width !== width || map.height !== height) throw new Error(`${file} is ${map.width}×${map.height}, the image ${width}×${height}.`);
  const labelOf = n => (map.data[n] === 255 ? 0 : map.data[n]);
  const labels = map.data.reduce((most, _, n) => Math.max(most, 1 + labelOf(n)), 2);
  const columns = Math.ceil(width / patch);
  const patchOf = n => Math.floor(Math.floor(n / width) / patch) * columns + Math.floor((n % width) / patch);
  const counts = new Float32Array(columns * Math.ceil(height / patch) * (labels + 1)); // of each label, and at last of all
  for (let n = 0; n < width * height; n++) {
    counts[patchOf(n) * (labels + 1) + labelOf(n)]++;
    counts[patchOf(n) * (labels + 1) + labels]++;
  }
  return Float32Array.from({ length: width * height * labels }, (_, i) => {
    const start = patchOf(Math.floor(i / labels)) * (labels + 1);
    return 0.4 / labels + (0.6 * counts[start + (i % labels)]) / counts[start + labels];
  });
}
