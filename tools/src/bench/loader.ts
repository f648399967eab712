import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture, type SegmentationDataset, shapesDataset, trainingBatches } from '@wsss/datasets';
import sharp from 'sharp';
import { runPeer } from './peer-program.js';

export interface LoaderBenchmarkOptions {
  /** Folder of images; without it, generated ones. */
  images?: string;
  crop: number;
  batch: number;
  workers: number;
  /** Samples that are measured, after half as many (at most 64) that are not. */
  samples: number;
  /** Another loader: a command that takes `LIST --crop … --batch … --workers … --samples … --warm-up …` and prints JSON. */
  peer?: string;
}

export interface LoaderSpeed {
  loader: string;
  samplesPerSecond: number;
  /** Of all threads and processes a sample: what the samples cost, also where other programs share the machine. */
  cpuMilliseconds: number;
}

export interface LoaderBenchmark extends LoaderSpeed {
  images: number;
  generated: boolean;
  crop: number;
  batch: number;
  workers: number;
  samples: number;
  peer?: LoaderSpeed;
  /** This loader's speed ÷ the other's, and the other's CPU time ÷ this one's: above 1, this one is better. */
  ratio?: { samplesPerSecond: number; cpuMilliseconds: number };
}

/** Measures how many training samples (three views, augmented) are made a second, beside another loader that makes the same. */
export async function benchmarkLoader(options: LoaderBenchmarkOptions): Promise<LoaderBenchmark> {
  const { crop, batch, workers, samples } = options;
  const folder = await mkdtemp(join(tmpdir(), 'wsss-bench-'));
  try {
    const paths = options.images ? await imagesBelow(options.images) : await generateImages(folder);
    const warmUp = Math.min(64, Math.ceil(samples / 2));
    const own = await measure(paths, { crop, batch, workers, samples, warmUp });
    const about = { images: paths.length, generated: !options.images, crop, batch, workers, samples };
    if (!options.peer) return { ...own, ...about };
    const list = join(folder, 'images.txt');
    await writeFile(list, `${paths.join('\n')}\n`);
    const peer = await measurePeer(options.peer, list, { crop, batch, workers, samples, warmUp });
    const ratio = {
      samplesPerSecond: own.samplesPerSecond / peer.samplesPerSecond,
      cpuMilliseconds: peer.cpuMilliseconds / own.cpuMilliseconds,
    };
    return { ...own, ...about, peer, ratio };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Work {
  crop: number;
  batch: number;
  workers: number;
  samples: number;
  warmUp: number;
}

async function measure(paths: string[], { crop, batch, workers, samples, warmUp }: Work): Promise<LoaderSpeed> {
  const dataset: SegmentationDataset = {
    name: 'images',
    split: 'bench',
    classes: ['any'],
    length: paths.length,
    id: index => paths[index]!,
    labels: async () => Float32Array.of(1),
    image: index => readPicture(paths[index]!),
  };
  let seen = 0;
  let start: { time: number; cpu: NodeJS.CpuUsage; seen: number } | undefined;
  for await (const { size } of trainingBatches({ dataset, batchSize: batch, crop, seed: 0, workers, prefetch: 4 })) {
    seen += size;
    if (start === undefined && seen >= warmUp) start = { time: performance.now(), cpu: process.cpuUsage(), seen };
    if (seen >= warmUp + samples) break;
  }
  const { user, system } = process.cpuUsage(start!.cpu);
  const made = seen - start!.seen;
  return {
    loader: `@wsss/datasets, Node ${process.versions.node}`,
    samplesPerSecond: (1000 * made) / (performance.now() - start!.time),
    cpuMilliseconds: (user + system) / 1000 / made,
  };
}

async function measurePeer(command: string, list: string, { crop, batch, workers, samples, warmUp }: Work): Promise<LoaderSpeed> {
  const options = { crop, batch, workers, samples, 'warm-up': warmUp };
  const { loader, ...speed } = await runPeer(command, { given: [list], options }, ['samplesPerSecond', 'cpuMilliseconds']);
  return { loader: String(loader), ...speed };
}

async function imagesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true }).catch(() => {
    throw new Error(`--images: ${folder} is no folder`);
  });
  const images = entries.filter(name => /\.jpe?g$/i.test(name)).sort();
  if (!images.length) throw new Error(`--images: ${folder} holds no JPEG files`);
  return images.map(name => join(folder, name));
}

/** JPEGs of the size that VOC's usually have. */
async function generateImages(folder: string): Promise<string[]> {
  const shapes = shapesDataset({ seed: 0, length: 24, size: 500 });
  const paths: string[] = [];
  for (let i = 0; i < shapes.length; i++) {
    const { width, height, data } = await shapes.image(i);
    const path = join(folder, `${i}.jpg`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .extract({ left: 0, top: 60, width: 500, height: 375 })
      .jpeg({ quality: 90 })
      .toFile(path);
    paths.push(path);
  }
  return paths;
}
