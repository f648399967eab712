import { afterEach, expect, it, vi } from 'vitest';
import { main } from './cli.js';

afterEach(() => {
  process.exitCode = undefined;
  vi.unstubAllEnvs();
});

async function outcome(...args: string[]): Promise<{ out: string; err: string; code: typeof process.exitCode }> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map(stream =>
    vi.spyOn(process[stream], 'write').mockImplementation(text => {
      said[stream] += text;
      return true;
    }),
  );
  await main(args);
  for (const spy of spies) spy.mockRestore();
  return { out: said.stdout, err: said.stderr, code: process.exitCode };
}

it('says what there is', async () => {
  const { out, code } = await outcome('--help');
  expect(out).toMatch(/^wsss-engine doctor .*\nwsss-engine install native\|cuda /);
  expect(code).toBeUndefined();
  expect((await outcome()).out).toBe(out);
});

it.each([
  [['instal', 'native'], '`instal native` is no command. There are:'],
  [['install'], '`install` is no command'],
  [['install', 'wasm'], '`install wasm` is no command'],
  [['install', 'native', 'cuda'], '`install native cuda` is no command'],
  [['doctor', 'native'], '`doctor native` is no command'],
  [['doctor', '--form', 'x'], "Unknown option '--form'"],
  [['install', 'native', '--from', '/no/such.whl'], 'There is no wheel /no/such.whl'],
])('%j ends with one message and exit code 1', async (args, message) => {
  const { out, err, code } = await outcome(...args);
  expect(err).toMatch(/^wsss-engine: /);
  expect(err).toContain(message);
  expect(out).toBe('');
  expect(code).toBe(1);
});
