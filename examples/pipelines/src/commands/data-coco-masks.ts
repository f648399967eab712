import type { Command } from 'commander';

/** mcc data coco-masks: label PNGs from COCO's instance annotations. */
export function addDataCocoMasksCommand(data: Command): void {
  data
    .command('coco-masks')
    .summary('make label PNGs from COCO annotations')
    .action(() => {
      throw new Error('coco-masks is not built yet');
    });
}
