import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRandom } from '@wsss/datasets';

const categories = Array.from({ length: 80 }, (_, k) => ({ id: k + 1 + Math.floor(k / 8), name: `category ${k + 1}` }));

/**
 * Writes an instances file of COCO with generated outlines.
 *
 * @param {string} file the folders above it are made
 * @param {{ images: number, annotations: number, side: number, degenerate?: boolean, seed?: number }} size `side` is about that of
 *   images in pixels; with `degenerate` most outlines are of the kinds that tools leave: see {@link degenerateKinds}
 */
export async function writeGeneratedCoco(file, { images, annotations, side, degenerate = false, seed = 0 }) {
  mkdirSync(dirname(file), { recursive: true });
  const out = createWriteStream(file);
  const write = async text => {
    if (!out.write(text)) await once(out, 'drain');
  };
  const random = createRandom(seed, 'coco');
  const below = count => Math.floor(count * random.uniform());
  const sizes = Array.from({ length: images }, () => ({ width: side + below(side), height: side + below(side) }));
  const name = i => `COCO_val2014_${String(i).padStart(12, '0')}.jpg`;
  await write('{"info":{"description":"generated"},"licenses":[],"images":[\n');
  for (const [i, size] of sizes.entries())
    await write(`${i ? ',\n' : ''}${JSON.stringify({ license: 1, file_name: name(i), ...size, id: i })}`);
  await write('],"annotations":[\n');
  for (let i = 0; i < annotations; i++) {
    const image = i < images ? i : below(images);
    const kind = degenerate ? Object.keys(degenerateKinds)[i % Object.keys(degenerateKinds).length] : 'outline';
    const segmentation = (kind === 'outline' ? outline : degenerateKinds[kind])(sizes[image], random.uniform.bind(random));
    const box = [0, 0, 1, 1];
    const entry = { segmentation, area: 1, iscrowd: Array.isArray(segmentation) ? 0 : 1, image_id: image, bbox: box };
    await write(`${i ? ',\n' : ''}${JSON.stringify({ ...entry, category_id: categories[below(80)].id, id: i + 1 })}`);
  }
  await write(`],"categories":${JSON.stringify(categories)}}`);
  out.end();
  await once(out, 'finish');
}

const round = value => Math.round(100 * value) / 100;

/** A star-shaped outline of 4 to 40 points around a point in the image. */
function outline({ width, height }, uniform, points = 4 + Math.floor(36 * uniform())) {
  const [x, y] = [width * uniform(), height * uniform()];
  const reach = 0.3 * Math.min(width, height);
  const part = Array.from({ length: points }, (_, i) => (2 * Math.PI * i) / points).flatMap(angle => {
    const radius = 1 + reach * uniform();
    const within = (value, most) => round(Math.min(most, Math.max(0, value)));
    return [within(x + radius * Math.cos(angle), width), within(y + radius * Math.sin(angle), height)];
  });
  return [part];
}

/** Outlines as tools and people leave them, all of which COCO's own tools rasterize. */
const degenerateKinds = {
  outline,
  'several parts': (size, uniform) => [...outline(size, uniform), ...outline(size, uniform), ...outline(size, uniform)],
  'a part of two points': (size, uniform) => [...outline(size, uniform), outline(size, uniform, 2)[0]],
  boxes: ({ width, height }, uniform) =>
    [0, 1].map(() => [width * uniform() * 0.5, height * uniform() * 0.5, width * uniform() * 0.5, height * uniform() * 0.5].map(round)),
  'repeated points': (size, uniform) =>
    outline(size, uniform, 6).map(part => part.flatMap((_, i) => (i % 2 ? [] : [part[i], part[i + 1], part[i], part[i + 1]]))),
  closed: (size, uniform) => outline(size, uniform).map(part => [...part, part[0], part[1]]),
  'points on a line': (size, uniform) => [[1, 2, 3].flatMap(i => [round(size.width * 0.2 * i), round(size.height * 0.2 * i + uniform())])],
  'one point three times': ({ width, height }, uniform) => {
    const [x, y] = [round(width * uniform()), round(height * uniform())];
    return [[x, y, x, y, x, y]];
  },
  'crossing itself': ({ width, height }, uniform) => [Array.from({ length: 14 }, (_, i) => round((i % 2 ? height : width) * uniform()))],
  'partly outside': ({ width, height }, uniform) => [
    Array.from({ length: 10 }, (_, i) => round((i % 2 ? height : width) * (2 * uniform() - 0.5))).concat([width / 2, height / 2]),
  ],
  'whole numbers': (size, uniform) => outline(size, uniform).map(part => part.map(Math.round)),
  halves: (size, uniform) => outline(size, uniform).map(part => part.map(value => Math.floor(value) + 0.5)),
  'run lengths': ({ width, height }, uniform) => {
    const counts = [];
    for (let left = width * height; left > 0; left -= counts.at(-1)) counts.push(Math.min(left, Math.floor(uniform() * 3 * height)));
    return { size: [height, width], counts };
  },
  'run lengths as text': ({ width, height }, uniform) => {
    const counts = [];
    for (let left = width * height; left > 0; left -= counts.at(-1)) counts.push(Math.min(left, Math.floor(uniform() * 2 * height)));
    return { size: [height, width], counts: compressed(counts) };
  },
};

/** Run lengths as COCO compresses them: differences to the count before the last, in groups of five bits. */
function compressed(counts) {
  let text = '';
  for (const [i, count] of counts.entries()) {
    let value = i > 2 ? count - counts[i - 2] : count;
    for (let more = true; more; ) {
      const low = value & 31;
      value >>= 5;
      more = low & 16 ? value !== -1 : value !== 0;
      text += String.fromCharCode((more ? low | 32 : low) + 48);
    }
  }
  return text;
}
