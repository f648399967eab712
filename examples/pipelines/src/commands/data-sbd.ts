import { existsSync } from 'node:fs';
import { FolderLock } from '@wsss/files';
import type { Command } from 'commander';
import { interruptible } from './interruptible.js';

/** mcc data sbd: SegmentationClassAug from the files of the Semantic Boundaries Dataset. */
export function addDataSbdCommand(data: Command): void {
  data
    .command('sbd')
    .summary('make SegmentationClassAug of VOC from the SBD release')
    .description(
      'Makes the folder SegmentationClassAug of VOC 2012: the masks of the Semantic Boundaries Dataset (benchmark release, .mat files) ' +
        'as palette PNGs, and those of VOC itself where it has one. Nothing is overwritten; an interrupted run goes on where it stopped.',
    )
    .requiredOption('--sbd <dir>', 'the unpacked SBD release, with dataset/cls')
    .requiredOption('--voc <dir>', 'VOCdevkit/VOC2012')
    .addHelpText('after', '\nExample:\n  mcc data sbd --sbd benchmark_RELEASE --voc VOCdevkit/VOC2012')
    .action(async (options: { sbd: string; voc: string }) => {
      const { makeSegmentationClassAug } = await import('@wsss/datasets');
      if (!existsSync(options.voc)) throw new Error(`VOC folder ${options.voc} does not exist`);
      const lock = await FolderLock.acquire(options.voc, { doing: 'mcc data sbd', name: 'SegmentationClassAug.lock' });
      const made = await interruptible({ label: 'masks' }, job => makeSegmentationClassAug({ ...options, ...job })).finally(() =>
        lock.release(),
      );
      const counts = made && `${made.sbd + made.voc} masks, ${made.sbd} of SBD and ${made.voc} of VOC`;
      process.stderr.write(
        made ? `${made.folder}: ${counts} (of the whole data sets it would be 12031)\n` : 'Interrupted; the same command goes on.\n',
      );
    });
}
