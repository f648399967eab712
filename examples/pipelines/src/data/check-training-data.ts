import { type BadRecord, checkDataset, recordsBetween, type SampleStreams, type SegmentationDataset, subset } from '@wsss/datasets';
import { Progress, type TextStream, writeAtomically } from '@wsss/train';

export interface TrainingDataOptions {
  train: SegmentationDataset;
  val: SegmentationDataset;
  /** Positions of training that this run will read, see `recordsBetween`. */
  positions: { seed: number; from: number; to: number; streams?: SampleStreams };
  /** Go on without bad records instead of throwing. */
  skipBad: boolean;
  /** Where skipped records are listed, `skipped.json` of the run. */
  listFile: string;
  stream?: TextStream;
}

export interface TrainingData {
  /** Validation without its bad records. */
  val: SegmentationDataset;
  /** For `trainingBatches`; absent where a bad record shall end the run. */
  onBadRecord?: (record: BadRecord) => void;
  /** How many records are skipped so far, by split. */
  skipped(): { train: number; val: number };
}

const mostNamed = 5;

/**
 * Looks at the records that a run will read, before its first iteration: files that are missing, empty, cut, no images or Git LFS pointers, sizes
 * that do not fit, labels that are no class. Datasets without files are not looked at.
 *
 * @throws Error naming the first bad records and how many there are, unless they shall be skipped; then they are listed in a file
 */
export async function checkTrainingData(options: TrainingDataOptions): Promise<TrainingData> {
  const { train, val, positions, skipBad, listFile, stream = process.stderr } = options;
  const look = async (dataset: SegmentationDataset, indices: number[]) => {
    if (!dataset.files) return [];
    const progress = new Progress({ total: indices.length, label: `check ${dataset.split}`, stream, every: { percent: 50, seconds: 30 } });
    const { bad } = await checkDataset(dataset, { thorough: false, indices, onProgress: done => progress.update(done) });
    progress.finish();
    return bad;
  };
  const used = recordsBetween(train.length, positions.seed, positions.from, positions.to, train.groups, positions.streams);
  const inTrain = await look(train, used);
  const inVal = await look(
    val,
    Array.from({ length: val.length }, (_, i) => i),
  );
  const skipped = { train: new Map<string, string[]>(), val: new Map<string, string[]>() };
  for (const { id, problems } of inTrain) skipped.train.set(id, problems);
  for (const { id, problems } of inVal) skipped.val.set(id, problems);
  const count = skipped.train.size + skipped.val.size;
  if (count && !skipBad) {
    const reasons = [...skipped.train.values(), ...skipped.val.values()].map(problems => `  ${problems[0]}`);
    const more = count > mostNamed ? `\n  … and ${count - mostNamed} more` : '';
    throw new Error(
      `${count} of ${used.length + val.length} records of ${train.name} cannot be used:\n${reasons.slice(0, mostNamed).join('\n')}${more}\n"mcc data check" lists all; --skip-bad goes on without them`,
    );
  }
  if (!skipBad) return { val, skipped: () => ({ train: 0, val: 0 }) };

  let writing = Promise.resolve();
  const write = () => {
    const list = Object.fromEntries(
      Object.entries(skipped).map(([split, records]) => [split, [...records].map(([id, problems]) => ({ id, problems }))]),
    );
    writing = writing.then(() => writeAtomically(listFile, `${JSON.stringify(list, null, 2)}\n`));
    return writing;
  };
  if (count) {
    await write();
    stream.write(
      `${count} bad record${count > 1 ? 's are' : ' is'} skipped (${skipped.train.size} of ${train.split}, ${skipped.val.size} of ${val.split}); see ${listFile}\n`,
    );
  }
  const bad = new Set(inVal.map(({ index }) => index));
  const good = Array.from({ length: val.length }, (_, i) => i).filter(index => !bad.has(index));
  if (!good.length) throw new Error(`no record of ${val.name} ${val.split} can be used; see ${listFile}`);
  return {
    val: bad.size ? subset(val, good) : val,
    onBadRecord: ({ id, reason }) => {
      if (skipped.train.has(id)) return;
      skipped.train.set(id, [reason]);
      stream.write(`skipped: ${reason}\n`);
      write().catch(error => stream.write(`${(error as Error).message}\n`));
    },
    skipped: () => ({ train: skipped.train.size, val: skipped.val.size }),
  };
}
