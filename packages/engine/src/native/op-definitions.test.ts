import { describe, expect, it } from 'vitest';
import { parseOpDefinition } from './op-definitions.js';

const field = (number: number, value: number[]) => [number * 8 + 2, value.length, ...value];
const text = (number: number, value: string) => field(number, [...Buffer.from(value)]);

describe('parseOpDefinition', () => {
  it('reads inputs, lists and attributes, and passes over the rest', () => {
    const bytes = Uint8Array.from([
      ...text(1, 'ConcatV2'),
      ...field(2, [...text(1, 'values'), ...text(4, 'T'), ...text(5, 'N')]),
      ...field(2, [...text(1, 'axis'), 3 * 8, 3]),
      ...field(4, [...text(1, 'N'), ...text(2, 'int'), 5 * 8, 1]),
      ...field(4, [...text(1, 'T'), ...text(2, 'type')]),
    ]);
    expect(parseOpDefinition(bytes)).toEqual({
      inputs: [{ list: true, numberAttribute: 'N' }, { list: false }],
      attributes: new Map([
        ['N', 'int'],
        ['T', 'type'],
      ]),
    });
  });
});
