import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import {
  annotatedMask,
  decodeLabelPng,
  encodePalettePng,
  readAnnotationLabels,
  readInstances,
  readLabelMapFile,
  readPicture,
  readSbdSegmentation,
} from '@wsss/datasets';
import { parseNpy, parseNpz, parseObjectNpy } from '@wsss/numpy';
import { backboneOf, checkRecipe, recipeOf, voc } from '@wsss/pipelines';
import {
  describeWeights,
  encoderWeights,
  parsePytorch,
  parseSafetensors,
  parseWeights,
  readWeights,
  serializeSafetensors,
} from '@wsss/weights';
import { unzipSync, zipSync } from 'fflate';
import { exportTargets } from './export-targets.js';
import type { FuzzTarget } from './fuzz-target.js';
import { changedJson, damaged, type Seed, whole } from './mutations.js';
import { ownFileTargets } from './own-file-targets.js';

const packages = new URL('../../../packages/', import.meta.url);
const file = (path: string) => whole(new Uint8Array(readFileSync(new URL(path, packages))));
const files = (folder: string, extension: string) =>
  readdirSync(new URL(folder, packages))
    .filter(name => name.endsWith(extension))
    .map(name => file(folder + name));
const text = (value: string) => whole(new Uint8Array(Buffer.from(value)));

const tensors = new Map([
  ['patch_embed.proj.weight', { shape: [4, 3, 2, 2], data: Float32Array.from({ length: 48 }, (_, i) => i / 7) }],
  ['pos_embed', { shape: [1, 5, 4], data: new Float32Array(20) }],
  ['dist_token', { shape: [1, 1, 4], data: new Float32Array(4) }],
  ['count', { shape: [], data: Int32Array.of(3) }],
  ['mask', { shape: [0, 2], data: new Uint8Array(0) }],
]);
const safetensors = serializeSafetensors(tensors, { metadata: { epoch: '3' } });
const headerEnd = 8 + new DataView(safetensors.buffer).getUint32(0, true);

const safetensorsSeeds: Seed[] = [
  whole(safetensors),
  whole(serializeSafetensors(tensors, { float: 'F16' })),
  {
    parts: [safetensors.slice(8, headerEnd), safetensors.slice(headerEnd)],
    assemble: ([header, data]) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(header!.length));
      return new Uint8Array(Buffer.concat([length, header!, data!]));
    },
  },
];

/** The files of an archive as parts, zipped again with right checksums. */
function unzipped({ parts }: Seed): Seed {
  const files = unzipSync(parts[0]!);
  const names = Object.keys(files);
  return {
    parts: Object.values(files),
    assemble: now => zipSync(Object.fromEntries(now.map((data, i) => [names[i]!, data])), { level: 0 }),
  };
}

const torch = files('weights/fixtures/', '.pth');
const zipped = torch.filter(({ parts }) => parts[0]![0] === 0x50).map(unzipped);
const [deflated, stored] = ['deflated', 'stored'].map(name => file(`numpy/fixtures/${name}.npz`)) as [Seed, Seed];

const stackedBlocks = 'params/Transformer/encoderblock/';
// Encoders and checkpoints as others publish them; of those the archives are taken apart too.
const encoders = [
  ...['augreg.npz', 'deit3.pth', 'dinov2-reg.pth', 'dinov2-hf.safetensors'].map(name => file(`../fixtures/encoders/${name}`)),
  ...['masked_args.pth', 'counter.pth', 'uint16.pth', 'tuple_key.pth'].map(name => file(`../fixtures/weights/${name}`)),
  // As big_vision stacks its blocks.
  whole(
    serializeSafetensors(
      new Map(
        Object.entries({
          'params/embedding/kernel': [2, 2, 3, 4],
          [`${stackedBlocks}LayerNorm_0/scale`]: [2, 4],
          ...Object.fromEntries(
            ['query', 'key', 'value'].map(part => [`${stackedBlocks}MultiHeadDotProductAttention_0/${part}/bias`, [2, 2, 2]]),
          ),
        }).map(([name, shape]) => [name, { shape, data: new Float32Array(shape.reduce((product, side) => product * side, 1)) }]),
      ),
    ),
  ),
];
const unzippedWhere = (seed: Seed) => (seed.parts[0]![0] === 0x50 && seed.parts[0]![1] === 0x4b ? unzipped(seed) : seed);
const index = JSON.stringify({ metadata: { total_size: 4 }, weight_map: { a: 'w.safetensors', b: 'w.safetensors' } });

const labels = { width: 7, height: 5, data: Uint8Array.from({ length: 35 }, (_, i) => (i % 9 ? i % 21 : 255)) };
/** A part of a PNG file, with its checksum. */
function pngChunk(type: string, data: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
const pngSeeds: Seed[] = [
  whole(encodePalettePng(labels)),
  {
    parts: [
      Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 5, 8, 3, 0, 0, 0),
      Uint8Array.from({ length: 40 }, (_, i) => (i % 8 ? labels.data[i % 35]! : (i / 8) % 5)),
    ],
    assemble: ([header, rows]) => {
      const chunks = { IHDR: header!, PLTE: new Uint8Array(768), IDAT: deflateSync(rows!), IEND: new Uint8Array() };
      const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
      return new Uint8Array(Buffer.concat([signature, ...Object.entries(chunks).map(([type, data]) => pngChunk(type, data))]));
    },
  },
];

const box = [2, 2, 4, 4];
const triangle = [0, 0, 3, 0, 3, 3];
const coco = JSON.stringify({
  images: [
    { id: 1, file_name: 'a.jpg', width: 12, height: 9 },
    { id: 2, file_name: 'b.jpg', width: 5, height: 4 },
  ],
  categories: [
    { id: 1, name: 'person' },
    { id: 18, name: 'dog' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 18, iscrowd: 0, segmentation: [[1, 1, 8.5, 1, 8.5, 6, 1, 6.25]] },
    { id: 2, image_id: 1, category_id: 1, iscrowd: 0, segmentation: [triangle, box] },
    { id: 3, image_id: 2, category_id: 1, iscrowd: 1, segmentation: { size: [4, 5], counts: [3, 4, 13] } },
    { id: 4, image_id: 2, category_id: 18, iscrowd: 1, segmentation: { size: [4, 5], counts: '34=' } },
  ],
});

/** A BMP file: fields of its header in order, four bytes each but for planes and bits, and what follows. */
const bmpOf = (before: number[], planesAndBits: number[], after: number[], rest: number[]) =>
  Uint8Array.from(
    Buffer.concat([
      Buffer.from('BM'),
      Buffer.from(Int32Array.from(before).buffer),
      Buffer.from(Int16Array.from(planesAndBits).buffer),
      Buffer.from(Int32Array.from(after).buffer),
      Buffer.from(rest),
    ]),
  );

/** Five pixels of 8 bits as runs, with a palette of two colors. */
const runs = [9, 8, 7, 0, 1, 2, 3, 0, 2, 1, 0, 3, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0];
const bmpOfRuns = bmpOf([76, 0, 62, 40, 5, 1], [1, 8], [1, 14, 0, 0, 2, 0], runs);

/** Two pixels of 24 bits. */
const bmp = bmpOf([62, 0, 54, 40, 2, 1], [1, 24], [0, 8, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 0, 0]);

const annotation =
  '<annotation><size><width>500</width></size><object><name>dog</name><difficult>0</difficult></object><!-- a --><o a="1"/></annotation>';

/** Throws what an error was before a reader gave it the name of its file: it gives one to any. */
function unnamed({ cause }: Error): never {
  throw cause;
}

/** @param folder for the readers that want a path. */
export function fuzzTargets(folder: string): FuzzTarget[] {
  const path = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const readCoco = async (bytes: Uint8Array) => {
    const { path: found, images } = await readInstances(path('instances.json', bytes));
    for (const image of images) await annotatedMask(found, image);
  };
  const one = { shape: [1], data: Float32Array.of(1) };
  path('w.safetensors', serializeSafetensors(new Map(['a', 'b'].map(name => [name, one]))));
  const readIndex = (bytes: Uint8Array) => readWeights(path('i.json', bytes));
  const readConfig = (bytes: Uint8Array) => {
    const recipe = recipeOf(voc, { config: path('config.json', bytes) });
    checkRecipe(recipe);
    return backboneOf(recipe);
  };
  return [
    {
      name: '.safetensors',
      files: damaged(safetensorsSeeds),
      read: bytes => encoderWeights(parseSafetensors(bytes, 'w.safetensors').tensors),
    },
    {
      name: '.pth',
      files: damaged([...torch, ...zipped, ...zipped]),
      read: bytes => parsePytorch(bytes, 'w.pth'),
    },
    {
      name: '.npy',
      files: damaged(unzipped(stored).parts.slice(0, 2).map(whole)),
      read: bytes => parseNpy(bytes, 'a.npy'),
    },
    { name: '.npy of objects', files: damaged(files('numpy/fixtures/', '.npy')), read: bytes => parseObjectNpy(bytes, 'o.npy') },
    { name: '.npz', files: damaged([deflated, stored, unzipped(stored)]), read: bytes => parseNpz(bytes, 'a.npz') },
    {
      name: 'weights of any format',
      files: damaged([...safetensorsSeeds, ...torch, ...files('numpy/fixtures/', '.npz')]),
      read: bytes => parseWeights(bytes, 'w'),
    },
    {
      name: 'encoder under any names',
      files: damaged([...encoders, ...encoders.map(unzippedWhere)]),
      read: bytes => describeWeights(parseWeights(bytes, 'e')),
    },
    { name: 'index of safetensors, damaged', files: damaged([text(index)]), read: readIndex },
    { name: 'index of safetensors, changed', files: changedJson(index), read: readIndex },
    { name: 'PNG mask', files: damaged(pngSeeds), read: decodeLabelPng },
    { name: 'COCO JSON, damaged', files: damaged([text(coco)]), read: readCoco },
    { name: 'COCO JSON, changed', files: changedJson(coco), read: readCoco },
    { name: 'config file, damaged', files: damaged([text(JSON.stringify(voc))]), read: readConfig },
    {
      name: 'config file, changed',
      files: changedJson(
        JSON.stringify({ ...voc, backbone: { imageSize: 32, patchSize: 8, embedSize: 12, depth: 4, heads: 2 }, crop: 32 }),
      ),
      read: readConfig,
    },
    {
      name: 'MATLAB file',
      files: damaged(files('datasets/src/matlab/examples/', '.mat')),
      read: bytes => readSbdSegmentation(path('SBD.mat', bytes)).catch(unnamed),
    },
    ...ownFileTargets(folder),
    ...exportTargets(folder),
    { name: 'BMP', files: damaged([whole(bmp), whole(bmpOfRuns)]), read: bytes => readPicture(path('a.bmp', bytes)).catch(unnamed) },
    {
      name: 'labelmap.txt',
      files: damaged([text('# label:color_rgb:parts:actions\ncrate:1,2,3::\n')]),
      read: bytes => readLabelMapFile(Buffer.from(bytes).toString()),
    },
    {
      name: 'VOC annotation',
      files: damaged([text(annotation)]),
      read: bytes => readAnnotationLabels(path('VOC.xml', bytes)).catch(unnamed),
    },
  ];
}
