// Makes the model that comes with the playground, of a run's checkpoint: the network alone, in half precision. The one that is there is of
// the demo.
//
//   npm run demo
//   node examples/playground/model/make.mjs runs/demo/checkpoint.safetensors
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEngine } from '@wsss/engine';
import { checkpointOf, trainingOf } from '@wsss/pipelines/browser';
import { readCheckpoint } from '@wsss/train';
import { serializeCheckpoint } from '@wsss/train/runs';

const [file] = process.argv.slice(2);
await startEngine({ engine: 'cpu' });
const { network, info } = trainingOf(await readCheckpoint(file), file);
const bytes = await serializeCheckpoint(await checkpointOf(network, undefined, info), { float: 'F16' });
await writeFile(join(import.meta.dirname, 'shapes.safetensors'), bytes);
process.stdout.write(`${(bytes.length / 1e6).toFixed(2)} MB\n`);
