import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type CocoYear, cocoLayout, readInstances, refusedForMasks, writeCocoMasks } from '@wsss/datasets';
import { visible } from '@wsss/files';
import { catchInterruption, Progress } from '@wsss/train';
import { type Command, Option } from 'commander';
import { threads } from './options.js';

interface CocoMasksOptions {
  coco: string;
  split: 'train' | 'val';
  year: `${CocoYear}`;
  toVoc12?: boolean;
  out?: string;
  overwrite?: boolean;
  threads?: number;
  json?: boolean;
}

/** mcc data coco-masks: label PNGs from COCO's instance annotations. */
export function addDataCocoMasksCommand(data: Command): void {
  data
    .command('coco-masks')
    .summary('make label PNGs from the annotations of COCO')
    .description(
      'Rasterizes the annotations of COCO exactly as its own tools do, and writes a palette PNG an image: 0 = background, 1 … 80 = the ' +
        'categories by ascending id. A pixel keeps the first annotation that covers it. Masks that are there already are kept, so an ' +
        'interrupted job goes on where it ended.',
    )
    .requiredOption('--coco <dir>', 'folder with annotations/instances_train2014.json, …')
    .addOption(new Option('--split <name>', 'which part').choices(['train', 'val']).makeOptionMandatory())
    .addOption(new Option('--year <year>', 'which COCO').choices(['2014', '2017']).makeOptionMandatory())
    .option('--to-voc12', "keep the 20 classes of VOC, in VOC's order; other objects become 255 (ignored)")
    .option('--out <dir>', 'where the masks go (default: SegmentationClass/train2014 in --coco; with --to-voc12: SegmentationClassVOC12/…)')
    .option('--overwrite', 'make masks again that are there already')
    .option('--threads <n>', 'threads (default: all cores)', threads)
    .option('--json', 'print what was written and refused as JSON on standard output')
    .addHelpText(
      'after',
      `
Examples:
  mcc data coco-masks --coco MSCOCO --split train --year 2014
  mcc data coco-masks --coco MSCOCO --split val --year 2017 --to-voc12 --out masks/voc12`,
    )
    .action(makeMasks);
}

async function makeMasks({ coco, split, year, toVoc12, out, overwrite, threads: workers, json }: CocoMasksOptions): Promise<void> {
  const layout = cocoLayout({ root: coco, part: split, year: Number(year) as CocoYear, toVoc12 });
  const folder = resolve(out ?? layout.masks);
  process.stderr.write(`reading ${layout.instances}\n`);
  const reading = new Progress({ total: Math.ceil((await stat(layout.instances)).size / 1e6), label: 'megabytes' });
  const instances = await readInstances(layout.instances, { onRead: bytes => reading.update(Math.ceil(bytes / 1e6)) });
  reading.finish();
  const { categories, images } = instances;
  const annotations = images.reduce((sum, image) => sum + image.annotations.length, 0);
  process.stderr.write(`${images.length} images, ${annotations} annotations, ${categories.length} categories\n`);

  const progress = new Progress({ total: images.length, label: 'masks' });
  const say = { write: () => process.stderr.write('\nfinishing the masks under way. Once more to stop at once.\n') };
  const { signal, release } = catchInterruption({ stream: say });
  const onImage = (done: number) => progress.update(done);
  const found = await writeCocoMasks(instances, { folder, toVoc12, overwrite, workers, signal, onImage });
  progress.finish();
  release();

  // Annotations of no image come with no image that is refused.
  const refused = refusedForMasks(instances).map(({ reason }) => reason);
  const summary = { ...found, folder, images: images.length, annotations, refusedAnnotations: refused };
  if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  for (const reason of refused.slice(0, json ? 0 : 20)) process.stderr.write(`refused: ${visible(reason)}\n`);
  if (!json && refused.length > 20) process.stderr.write(`… and ${refused.length - 20} more; --json lists them all\n`);
  const empty = found.empty ? ` (${found.empty} of images without annotation: all background)` : '';
  const withoutMask = found.refused.length ? `, ${counted(found.refused.length, 'image')} refused` : '';
  process.stderr.write(`${folder}: ${counted(found.written, 'mask')} written${empty}, ${found.kept} were there already${withoutMask}\n`);
  if (signal.aborted) {
    process.stderr.write('interrupted; the same command goes on from here\n');
    process.exitCode = 130;
  } else if (refused.length) {
    process.stderr.write(`${refused.length} of the images and annotations of ${layout.instances} cannot be used\n`);
    process.exitCode = 1;
  }
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
