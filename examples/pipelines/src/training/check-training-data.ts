import { type BadRecord, checkDataset, recordsBetween, type SampleStreams, type SegmentationDataset, subset } from '@wsss/datasets';
import { describeError, LinesError, visible } from '@wsss/files';
import { Progress, writeAtomically } from '@wsss/train';

interface TrainingData {
  /** Validation without its bad records. */
  val: SegmentationDataset;
  /** For `trainingBatches`; absent where a bad record shall end the run. */
  onBadRecord?: (record: BadRecord) => void;
  /** How many records are skipped so far, by split. */
  skipped(): { train: number; val: number };
}

const mostNamed = 5;

/**
 * Looks at the records that a run will read, before its first iteration: files that are missing, empty, cut, no images or Git LFS pointers,
 * sizes that do not fit, labels that are no class. Datasets without files are not looked at.
 *
 * @param options.positions of training that this run will read, see `recordsBetween`
 * @param options.skipBad go on without bad records instead of throwing
 * @param options.listFile where skipped records are listed, `skipped.json` of the run
 * @throws Error naming the first bad records and how many there are, unless they shall be skipped; then they are listed in a file
 */
export async function checkTrainingData(options: {
  train: SegmentationDataset;
  val: SegmentationDataset;
  positions: { seed: number; from: number; to: number; streams?: SampleStreams };
  skipBad: boolean;
  listFile: string;
}): Promise<TrainingData> {
  const { train, val, positions, skipBad, listFile } = options;
  /** What is wrong with each bad record, by its name. */
  const look = async (dataset: SegmentationDataset, indices: readonly number[]): Promise<Map<string, string[]>> => {
    if (!dataset.files) return new Map();
    const progress = new Progress({ total: indices.length, label: `check ${dataset.split}`, every: { percent: 50, seconds: 30 } });
    const { bad } = await checkDataset(dataset, { thorough: false, indices, onProgress: done => progress.update(done) });
    progress.finish();
    return new Map(bad.map(({ id, problems }) => [id, problems]));
  };
  const used = recordsBetween(train.length, positions.seed, positions.from, positions.to, train.groups, positions.streams);
  const all = Array.from({ length: val.length }, (_, i) => i);
  const skipped = { train: await look(train, used), val: await look(val, all) };
  const count = skipped.train.size + skipped.val.size;
  if (count && !skipBad) {
    const problems = [...skipped.train.values(), ...skipped.val.values()].map(([first]) => `  ${first}`);
    throw new LinesError([
      `${count} of ${used.length + val.length} records of ${train.name} cannot be used:`,
      ...problems.slice(0, mostNamed),
      ...(count > mostNamed ? [`  … and ${count - mostNamed} more`] : []),
      '"mcc data check" lists all; --skip-bad goes on without them',
    ]);
  }
  if (!skipBad) return { val, skipped: () => ({ train: 0, val: 0 }) };

  let writing = Promise.resolve();
  const write = () => {
    const list = ([...records]: Map<string, string[]>) => records.map(([id, problems]) => ({ id, problems }));
    const text = JSON.stringify({ train: list(skipped.train), val: list(skipped.val) }, null, 2);
    return (writing = writing.then(() => writeAtomically(listFile, `${text}\n`)));
  };
  if (count) {
    await write();
    const where = `${skipped.train.size} of ${train.split}, ${skipped.val.size} of ${val.split}`;
    process.stderr.write(`${count} bad record${count > 1 ? 's are' : ' is'} skipped (${where}); see ${listFile}\n`);
  }
  const good = all.filter(index => !skipped.val.has(val.id(index)));
  if (!good.length) throw new Error(`no record of ${val.name} ${val.split} can be used; see ${listFile}`);
  return {
    val: good.length < val.length ? subset(val, good) : val,
    onBadRecord: ({ id, reason }) => {
      if (skipped.train.has(id)) return;
      skipped.train.set(id, [reason]);
      process.stderr.write(`skipped: ${visible(reason)}\n`);
      write().catch(error => process.stderr.write(`${describeError(error)}\n`));
    },
    skipped: () => ({ train: skipped.train.size, val: skipped.val.size }),
  };
}
