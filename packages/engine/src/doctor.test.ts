import { expect, it } from 'vitest';
import { describeEngines, inspectEngine, inspectEngines, type Runner } from './doctor.js';
import { probe } from './probe.js';

it('reports what each engine said, and crashes', async () => {
  const asked: string[][] = [];
  const run: Runner = async (program, [name, ...rest]) => {
    asked.push([program.split('/').at(-1)!, name!, ...rest]);
    if (name === 'cuda') return { stdout: '', stderr: 'F0000 CUDA is broken\nAborted', failure: 'signal SIGABRT' };
    return {
      stdout: `noise\n${JSON.stringify({ name, works: name !== 'webgpu', why: name === 'webgpu' ? 'no GPU' : undefined })}\n`,
      stderr: '',
    };
  };
  expect(await inspectEngines({ tensorflow: '/tf' }, run)).toEqual([
    { name: 'cuda', works: false, why: 'it crashed (signal SIGABRT): F0000 CUDA is broken\nAborted' },
    { name: 'native', works: true },
    { name: 'webgpu', works: false, why: 'no GPU' },
    { name: 'wasm', works: true },
    { name: 'cpu', works: true },
  ]);
  expect(asked[0]).toEqual(['probe.js', 'cuda', '/tf']);
  expect((await inspectEngine('cpu', {}, async () => ({ stdout: '', stderr: '' }))).why).toBe('it crashed (without a report)');
});

it('probes an engine by letting it compute', async () => {
  expect(await probe('cpu')).toMatchObject({ name: 'cpu', works: true, threads: 1, version: expect.stringContaining('TensorFlow.js') });
  expect(await probe('native', { tensorflow: '/no/such/folder' })).toMatchObject({
    name: 'native',
    works: false,
    why: expect.stringContaining('/no/such/folder'),
    fix: expect.any(String),
  });
});

it('describes reports, a line for each engine and another for what helps', () => {
  const text = describeEngines([
    { name: 'native', works: true, version: 'TensorFlow 2.21.0', threads: 2, memoryBytes: 3 * 2 ** 29 },
    { name: 'cuda', works: false, why: 'no GPU', fix: 'Use native' },
  ]);
  expect(text.split('\n').slice(1)).toEqual([
    'works   native  TensorFlow 2.21.0, 2 threads, 1.5 GiB',
    '–       cuda    no GPU',
    '                → Use native',
    '',
  ]);
});
