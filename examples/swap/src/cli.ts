import { parseArgs } from 'node:util';
import { createRandom, inMemory, shapesDataset } from '@wsss/datasets';
import { type EngineName, startEngine } from '@wsss/engine';
import { readFile, runProgram } from '@wsss/files';
import { catchInterruption } from '@wsss/train';
import { parseSafetensors } from '@wsss/weights';
import { contrastNames, makeModel, modelNames } from './swap.js';
import { camMiou, trainModel } from './train-model.js';

const help = `Trains a model on Shapes from image-level labels, without a contrast, with its own, or with MCC in its place.

  swap MODEL [--contrast none|own|mcc] [--iterations 160] [--batch 4] [--seed 0] [--weights FILE] [--engine NAME] [--json]

MODEL is one of
  plain          a plain multi-label vision transformer with class activation maps; it has no contrast of its own
  toco           ToCo; its own contrast is that of small crops
  hierarchical   a transformer of two stages without a class token, which takes an attention mask

--weights: a safetensors file of the small vision transformer, such as the one that mcc pretrain shapes makes.
Progress goes to standard error, the result to standard output.
`;

await runProgram('swap', async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      contrast: { type: 'string', default: 'mcc' },
      iterations: { type: 'string', default: '160' },
      batch: { type: 'string', default: '4' },
      seed: { type: 'string', default: '0' },
      weights: { type: 'string' },
      engine: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help || !positionals.length) process.stderr.write(help);
  else await main(positionals, values);
});

async function main([model]: string[], values: Record<string, string | boolean | undefined>): Promise<void> {
  const name = oneOf('MODEL', model, modelNames);
  const contrast = oneOf('--contrast', values.contrast, contrastNames);
  const [iterations, batchSize] = [whole('--iterations', values.iterations, 1), whole('--batch', values.batch, 1)];
  const seed = whole('--seed', values.seed, 0);
  const random = createRandom(seed, 'weights');
  const file = values.weights as string | undefined;
  const weights = file ? parseSafetensors(await readFile(file), file).tensors : undefined;
  const engine = await startEngine({ engine: values.engine as EngineName | undefined });
  const train = inMemory(shapesDataset({ seed: 1, length: 4096 }));
  const val = shapesDataset({ seed: 2, length: 100, split: 'val' });
  const network = makeModel(name, contrast, train.classes.length, () => random.uniform(), weights);
  const interruption = catchInterruption();
  const onLog = (done: number, losses: Record<string, number>) =>
    process.stderr.write(
      `${done}: ${Object.entries(losses)
        .map(([loss, value]) => `${loss} ${value.toFixed(3)}`)
        .join(', ')}\n`,
    );
  const history = await trainModel(network, { dataset: train, iterations, batchSize, seed, signal: interruption.signal, onLog });
  interruption.release();
  if (interruption.signal.aborted) {
    process.exitCode = 130;
    return;
  }
  const cam = await camMiou(network, val);
  const result = { model: name, contrast, seed, iterations, engine: engine.version, cam, last: history.at(-1) };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(result)}\n`
      : `${name}, contrast ${contrast}: CAM mIoU ${(100 * cam).toFixed(1)} on ${val.length} images\n`,
  );
}

function oneOf<T extends string>(what: string, found: unknown, known: readonly T[]): T {
  const name = known.find(other => other === found);
  if (!name) throw new Error(`${what} is ${JSON.stringify(found)}, expected one of ${known.join(', ')}`);
  return name;
}

function whole(what: string, found: unknown, least: number): number {
  const value = Number(found);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${what} is ${JSON.stringify(found)}, expected a whole number of at least ${least}`);
  return value;
}
