import { type DatasetName, openDataset } from '@wsss/datasets';
import { FolderLock, placeInside, resultName } from '@wsss/files';
import { Argument, type Command } from 'commander';
import { recipes } from '../recipes/registry.js';
import { interruptible } from './interruptible.js';
import { integer } from './options.js';

interface PackOptions {
  out: string;
  split?: string;
  labels?: string;
  megabytes: number;
  seed: number;
}

/** mcc data pack: tar shards for data that is read from slow or shared disks. */
export function addDataPackCommand(data: Command): void {
  data
    .command('pack')
    .summary('pack a split into tar shards')
    .description(
      'Packs a split into tar archives in the layout of WebDataset (KEY.jpg, KEY.seg.png, KEY.json) with an index beside them: for big ' +
        'data on slow or shared disks, which are then read one large file at a time. Where their folder is given as --data, mcc train ' +
        'reads them.',
    )
    .addArgument(new Argument('<dataset>', 'its form').choices(['voc', 'coco', 'folder']))
    .argument('<dir>', 'its folder')
    .requiredOption('--out <dir>', 'the shards go to a new folder in it, named for the split')
    .option('--split <name>', 'default: the one that is trained on')
    .option('--labels <source>', 'where image-level labels come from, as for mcc train')
    .option('--megabytes <n>', 'of a shard, about', integer(1, 65_536), 64)
    .option('--seed <n>', 'records are shuffled before they are packed', integer(0), 0)
    .addHelpText(
      'after',
      `
Example:
  mcc data pack voc VOCdevkit/VOC2012 --out packed
  mcc data pack voc VOCdevkit/VOC2012 --split val --out packed
  mcc train voc --data packed --out runs/a`,
    )
    .action(async (name: DatasetName, root: string, options: PackOptions) => {
      const { packShards } = await import('@wsss/datasets');
      const split = options.split ?? recipes[name].trainSplit;
      const dataset = await openDataset(name, { root, split, labels: options.labels });
      const lock = await FolderLock.acquire(options.out, { doing: 'mcc data pack', name: `${resultName(split)}.lock` });
      const out = placeInside(options.out, resultName(split));
      const shards = await interruptible({ label: 'pack' }, job =>
        packShards(dataset, { out, bytes: options.megabytes * 2 ** 20, seed: options.seed, ...job }),
      ).finally(() => lock.release());
      process.stderr.write(
        shards === undefined
          ? 'Interrupted; nothing is left.\n'
          : `${out}: ${dataset.length} records in ${shards} shard${shards === 1 ? '' : 's'}\n`,
      );
    });
}
