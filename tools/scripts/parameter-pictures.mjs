// Draws what each parameter of the dense CRF does to one image.
//
//   node tools/scripts/parameter-pictures.mjs IMAGE PROBABILITIES OUT.png|OUT.jpg
//
// PROBABILITIES: a .npy of float32 [labels, height, width], or a palette PNG of labels, which is coarsened to patches of 16 pixels as a network's
// output would be. Rows of the picture: σ_xy, σ_rgb, weight of the appearance term, σ_xy of the smoothness term, iterations.
import { readFile, rename } from 'node:fs/promises';
import { applyCrf, LatticeEngine } from '@wsss/crf';
import sharp from 'sharp';

const [imageFile, probabilityFile, out] = process.argv.slice(2);
if (!out) throw new Error('Usage: node tools/scripts/parameter-pictures.mjs IMAGE PROBABILITIES OUT.png|OUT.jpg');

const { data: image, info } = await sharp(imageFile).removeAlpha().toColorspace('srgb').raw().toBuffer({ resolveWithObject: true });
const { width, height } = info;
const probabilities = probabilityFile.endsWith('.npy') ? await readNpy(probabilityFile) : await coarsen(probabilityFile);

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
      { width, height, image: new Uint8Array(image), probabilities },
      {
        gaussian: { sigmaXy: s.smooth, compatibility: 3 },
        bilateral: { sigmaXy: s.xy, sigmaRgb: s.rgb, compatibility: s.weight },
        iterations: s.iterations,
      },
    );
    const at = { left: left * (width + 4), top: top * (height + caption + 4) };
    layers.push({ input: overlay(refined.labels), raw: { width, height, channels: 3 }, left: at.left, top: at.top + caption });
    const text = `<svg width="${width}" height="${caption}"><text x="4" y="16" font-size="15" font-family="sans-serif">${name} ${value}</text></svg>`;
    layers.push({ input: Buffer.from(text), ...at });
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
function overlay(labeling) {
  const picture = Buffer.alloc(image.length);
  for (let n = 0; n < labeling.length; n++) {
    for (let c = 0; c < 3; c++) {
      let color = 0;
      for (let bit = 0; bit < 8; bit++) color |= ((labeling[n] >> (3 * bit + c)) & 1) << (7 - bit);
      picture[3 * n + c] = labeling[n] === 0 ? image[3 * n + c] * 0.6 : (image[3 * n + c] + color) / 2;
    }
  }
  return picture;
}

async function readNpy(file) {
  const bytes = await readFile(file);
  const headerLength = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + headerLength);
  const shape = /'shape': \((\d+), (\d+), (\d+)\)/.exec(header)?.slice(1).map(Number);
  if (!shape || !header.includes("'<f4'") || !header.includes("'fortran_order': False") || shape[1] !== height || shape[2] !== width) {
    throw new Error(`${file}: expected float32 [labels, ${height}, ${width}], found ${header.trim()}`);
  }
  const planes = new Float32Array(new Uint8Array(bytes.subarray(10 + headerLength)).buffer);
  const [labels] = shape;
  const pixels = width * height;
  return planes.map((_, i) => planes[(i % labels) * pixels + Math.floor(i / labels)]);
}

async function coarsen(file) {
  const patch = 16;
  const indices = await paletteIndices(file);
  const labels = Math.max(2, 1 + indices.reduce((most, label) => (label === 255 ? most : Math.max(most, label)), 0));
  const probabilities = new Float32Array(width * height * labels);
  for (let top = 0; top < height; top += patch) {
    for (let left = 0; left < width; left += patch) {
      const counts = new Float32Array(labels);
      const cells = [];
      for (let y = top; y < Math.min(top + patch, height); y++)
        for (let x = left; x < Math.min(left + patch, width); x++) cells.push(y * width + x);
      for (const n of cells) counts[indices[n] === 255 ? 0 : indices[n]]++;
      for (const n of cells) {
        for (let l = 0; l < labels; l++) probabilities[n * labels + l] = 0.4 / labels + (0.6 * counts[l]) / cells.length;
      }
    }
  }
  return probabilities;
}

/** sharp gives colors only: the label of a color of the PASCAL VOC palette is in its high bits. */
async function paletteIndices(file) {
  const { data, info } = await sharp(file).removeAlpha().toColorspace('srgb').raw().toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height)
    throw new Error(`${file} is ${info.width}×${info.height}, the image ${width}×${height}.`);
  const colors = new Map();
  for (let label = 255; label >= 0; label--) {
    let color = 0;
    for (let c = 0; c < 3; c++) for (let bit = 0; bit < 8; bit++) color |= ((label >> (3 * bit + c)) & 1) << (7 - bit + 8 * c);
    colors.set(color, label);
  }
  return Uint8Array.from(
    { length: width * height },
    (_, n) => colors.get(data[3 * n] | (data[3 * n + 1] << 8) | (data[3 * n + 2] << 16)) ?? 255,
  );
}
