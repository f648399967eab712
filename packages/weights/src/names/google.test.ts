import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encoderWeights } from '../encoder-weights.js';
import type { HostTensor, StateDict } from '../weights-content.js';
import { parseWeights } from '../weights-file.js';

const file = join(import.meta.dirname, '../../../../fixtures/encoders/augreg.npz');
const apart = parseWeights(readFileSync(file), 'augreg.npz').tensors;

/** The same as big_vision saves it where it scans over the blocks: layers counted by their kind, blocks one after another. */
function stacked(state: StateDict): StateDict {
  const together = new Map<string, HostTensor[]>();
  for (const [name, tensor] of state) {
    const renamed = name
      .replace('LayerNorm_2', 'LayerNorm_1')
      .replace('MultiHeadDotProductAttention_1', 'MultiHeadDotProductAttention_0')
      .replace('MlpBlock_3', 'MlpBlock_0')
      .replace('Transformer/posembed_input/pos_embedding', 'pos_embedding')
      .replace(/encoderblock_\d+/, 'encoderblock');
    together.set(`params/${renamed}`, [...(together.get(`params/${renamed}`) ?? []), tensor]);
  }
  return new Map(
    [...together].map(([name, tensors]) => [
      name,
      name.includes('/encoderblock/')
        ? { shape: [tensors.length, ...tensors[0]!.shape], data: Float32Array.from(tensors.flatMap(({ data }) => [...data])) }
        : tensors[0]!,
    ]),
  );
}

describe('stacked blocks of big_vision', () => {
  it('are the blocks that they were', () => {
    const whole = stacked(apart);
    expect(whole.get('params/Transformer/encoderblock/LayerNorm_0/scale')!.shape).toEqual([3, 12]);
    const [found, expected] = [encoderWeights(whole), encoderWeights(apart)];
    expect([found.naming, found.prefix, found.heads]).toEqual(['Google', 'params/', expected.heads]);
    const byName = (tensors: StateDict) => [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(byName(found.tensors)).toEqual(byName(expected.tensors));
  });

  it('are refused where they disagree, or where single ones are there, too', () => {
    const scale = 'params/Transformer/encoderblock/LayerNorm_0/scale';
    const one = { shape: [12], data: new Float32Array(12) };
    expect(() => encoderWeights(new Map([...stacked(apart), [scale, { shape: [2, 12], data: new Float32Array(24) }]]))).toThrow(
      /encoderblock\/\S+ holds [23] blocks, Transformer\/encoderblock\/\S+ [23]; the file is damaged/,
    );
    expect(() => encoderWeights(new Map([...stacked(apart), [scale, { shape: [], data: Float32Array.of(1) }]]))).toThrow(
      /holds [03] blocks/,
    );
    const both = new Map([...stacked(apart), [scale.replace('encoderblock', 'encoderblock_1'), one]]);
    expect(() => encoderWeights(both)).toThrow('there are both Transformer/encoderblock_1/LayerNorm_0/scale and Transformer/encoderblock/');
  });
});
