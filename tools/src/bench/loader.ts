import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture, type SegmentationDataset, shapesDataset, trainingBatches } from '@wsss/datasets';
import { integer } from '@wsss/pipelines';
import type { Command } from 'commander';
import sharp from 'sharp';
import { addBenchmark } from './benchmark.js';
import { runPeer } from './peer-program.js';

const speed = ({ loader, samplesPerSecond, cpuMilliseconds }: LoaderSpeed) =>
  `${loader}: ${samplesPerSecond.toFixed(1)} samples a second, ${cpuMilliseconds.toFixed(1)} ms of CPU a sample`;

/** mcc bench data: training samples a second, beside another loader. */
export function addLoaderBenchmark(bench: Command): void {
  const command = bench
    .command('data')
    .summary('training samples a second')
    .description('Measures how many augmented training samples are made a second, and their CPU time, which other programs hardly change.')
    .option('--images <dir>', 'a folder of JPEG files (default: generated ones of 500×375)')
    .option('--crop <pixels>', 'side of the views', integer(1), 448)
    .option('--batch <n>', 'samples a batch', integer(1), 4)
    .option('--workers <n>', 'threads, and processes of the other loader', integer(1), 2)
    .option('--samples <n>', 'samples that are measured', integer(1), 400)
    .option('--peer <command>', 'another loader to run beside; it prints JSON, as tools/src/bench/peers/torchvision_loader.py does');
  addBenchmark(command, {
    example: 'mcc bench data --images VOCdevkit/VOC2012/JPEGImages --peer "python3 tools/src/bench/peers/torchvision_loader.py"',
    measure: benchmarkLoader,
    lines: result => {
      const { images, generated, crop, workers, samples, peer, ratio } = result;
      return [
        `${samples} samples of three views of ${crop}², ${images} ${generated ? 'generated ' : ''}images, workers ${workers}`,
        speed(result),
        peer && speed(peer),
        ratio && `${ratio.samplesPerSecond.toFixed(2)} times as fast, ${ratio.cpuMilliseconds.toFixed(2)} times less CPU`,
      ];
    },
  });
}

type Work = Record<'crop' | 'batch' | 'workers' | 'samples', number>;

interface LoaderSpeed {
  loader?: string;
  samplesPerSecond: number;
  /** Of all threads and processes a sample: what the samples cost, also where other programs share the machine. */
  cpuMilliseconds: number;
}

/**
 * Measures how many training samples (three views, augmented) are made a second, after half as many (at most 64) that are not measured.
 *
 * @param command takes `LIST --crop … --batch … --workers … --samples … --warm-up …` and prints JSON
 */
export async function benchmarkLoader({ images, peer: command, ...work }: Work & { images?: string; peer?: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'wsss-bench-'));
  try {
    const paths = images ? await imagesBelow(images) : await generateImages(folder);
    const warmUp = Math.min(64, Math.ceil(work.samples / 2));
    const own = await measure(paths, work, warmUp);
    const list = join(folder, 'images.txt');
    await writeFile(list, `${paths.join('\n')}\n`);
    const given = { given: [list], options: { ...work, 'warm-up': warmUp } };
    const peer = command ? await runPeer(command, given, ['samplesPerSecond', 'cpuMilliseconds']) : undefined;
    // Above 1, this loader is better.
    const ratio = peer && {
      samplesPerSecond: own.samplesPerSecond / peer.samplesPerSecond,
      cpuMilliseconds: peer.cpuMilliseconds / own.cpuMilliseconds,
    };
    return { ...own, images: paths.length, generated: !images, ...work, peer, ratio };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(paths: string[], { crop, batch, workers, samples }: Work, warmUp: number): Promise<LoaderSpeed> {
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
