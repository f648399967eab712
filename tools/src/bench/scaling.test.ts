import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { measureScaling, type Size, scalingPage, sizes } from './scaling.js';

const option = (args: string[], name: string) => args[args.indexOf(name) + 1]!;

/** Answers as `mcc bench step --json` does. */
function answers(called: string[][], failing?: number) {
  return async (args: string[]) => {
    called.push(args);
    const crop = Number(option(args, '--crop'));
    if (crop === failing) throw new Error('out of memory');
    const peer = args.includes('--peer') && { peer: { median: crop / 10, peakResidentMegabytes: 2 * crop, ratio: 0.1 } };
    return JSON.stringify({
      ...{ backbone: `${option(args, '--backbone')}_patch16_224`, crop, batch: Number(option(args, '--batch')) },
      ...{ classes: Number(option(args, '--classes')), engine: 'TensorFlow' },
      ...{ step: { median: crop / 100 }, peakResidentMegabytes: crop, ...peer },
    });
  };
}

it('times each size in a process of its own, and goes on after what was measured', async () => {
  const out = mkdtempSync(join(tmpdir(), 'wsss-scaling-'));
  const options = { engine: 'native' as const, threads: 2, rounds: 3, iterations: 2, peer: 'python3 peer.py', out };
  const first: string[][] = [];
  await expect(measureScaling(options, sizes, answers(first, 448))).rejects.toThrow('out of memory');
  expect(first.map(args => option(args, '--crop'))).toEqual(['224', '320', '448']);
  expect(readdirSync(out).sort()).toEqual(['deit_tiny-224-1-20.json', 'deit_tiny-320-1-20.json', 'options.json', 'scaling.html']);
  await expect(measureScaling({ ...options, engine: 'wasm' }, sizes, answers(first))).rejects.toThrow(
    `${out} holds figures measured with {"engine":"native","threads":2`,
  );
  expect(first).toHaveLength(3);
  const second: string[][] = [];
  const figures = await measureScaling(options, sizes, answers(second));
  expect(second).toHaveLength(sizes.length - 2);
  expect(figures).toHaveLength(sizes.length);
  const [called] = second;
  expect(called!.slice(0, 2)).toEqual(['bench', 'step']);
  const given = { '--engine': 'native', '--rounds': '3', '--iterations': '2', '--peer': 'python3 peer.py' };
  for (const [name, value] of Object.entries(given)) expect(option(called!, name)).toBe(value);
  const withoutPeer = [...first, ...second].filter(args => !args.includes('--peer'));
  expect(withoutPeer.map(args => [option(args, '--crop'), option(args, '--classes')])).toEqual([
    ['224', '20'],
    ['448', '80'],
  ]);
  expect(readFileSync(join(out, 'scaling.html'), 'utf8')).toBe(scalingPage(figures));
});

it('draws the curves of what differs in one respect only', async () => {
  const asked: Size[] = [sizes[0]!, sizes[2]!, { ...sizes[2]!, batch: 4 }, { ...sizes[2]!, backbone: 'deit_base' }];
  const out = mkdtempSync(join(tmpdir(), 'wsss-scaling-'));
  const html = scalingPage(await measureScaling({ rounds: 1, iterations: 1, out }, asked, answers([])));
  // Two crops and two batches, in seconds and in memory; without a peer, one curve each.
  expect(html.match(/<polyline/g)).toHaveLength(4);
  expect(html.match(/<tr>/g)).toHaveLength(5);
  expect(html).toContain('deit_base_patch16_224');
});
