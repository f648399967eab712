import type { Inputs } from './backend.js';
import type { TeamKernel } from './kernel.js';

/** `Cast`: to bool, everything but 0 is true (1). The stock kernel takes the number modulo 256. */
export const castWithTruth: TeamKernel = ({ inputs, backend, attrs, stock }) => {
  const { x } = inputs as Inputs<'x'>;
  if (attrs.dtype !== 'bool' || x.dtype === 'bool' || x.dtype === 'string') return stock();
  const out = backend.makeOutput(x.shape, 'bool');
  const values = backend.typedArrayFromHeap(x);
  const truth = backend.typedArrayFromHeap(out);
  for (let i = 0; i < values.length; i++) truth[i] = values[i] === 0 ? 0 : 1;
  return out;
};
