// How a run of mcc train ended, for chaos.mjs and two-processes.mjs.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadCheckpoint } from '@wsss/train';
import { logOf } from './small-run.mjs';

/** What a run has learnt and logged, as hashes; `left` are files beside its last two checkpoints. */
export async function endOf(out) {
  const { tensors } = await loadCheckpoint(join(out, 'checkpoint.safetensors'));
  const hash = createHash('sha256');
  for (const [name, { shape, data }] of tensors) {
    hash.update(`${name} ${shape} `);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  const records = logOf(out).map(({ kind, step, values: { tensors: _, resident, dataWait, ...learnt } }) =>
    JSON.stringify({ kind, step, ...learnt }),
  );
  const left = readdirSync(join(out, 'checkpoints')).filter(name => !/^iteration-0000000[456]\.(json|safetensors)$/.test(name));
  return { parameters: hash.digest('hex'), log: records.join('\n'), left: left.join(' ') };
}
