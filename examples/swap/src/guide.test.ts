import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/mcc-in-your-model.md'), 'utf8');
const source = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const blocks = (language: string) => [...guide.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code!);

/** Code blocks that begin with the name of a file of this folder are that file; they are compiled and run with it. */
it('shows the files of this example as they are', () => {
  const shown = blocks('ts').filter(code => /^\/\/ examples\/swap\/src\/\S+\n/.test(code));
  expect(shown.length).toBe(5);
  for (const code of shown) {
    const [, name, body] = /^\/\/ examples\/swap\/src\/(\S+)\n([\s\S]*)$/.exec(code) as unknown as [string, string, string];
    expect(body.trim(), name).toBe(source(name).trim());
  }
});

it('shows what its first program prints', async () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation(line => lines.push(line));
  await import('./first-step.js');
  vi.restoreAllMocks();
  const [printed] = blocks('text');
  const rounded = (text: string) => text.replace(/\d\.\d+/g, number => Number(number).toFixed(2)).trim();
  expect(rounded(lines.join('\n'))).toBe(rounded(printed!));
});

it('shows swaps of one line, each of which the code can do', () => {
  const code = source('swap.ts');
  const diffs = blocks('diff');
  expect(diffs.length).toBe(3);
  for (const diff of diffs) {
    const lines = diff.trimEnd().split('\n');
    expect([lines.filter(line => line.startsWith('-')).length, lines.filter(line => line.startsWith('+')).length]).toEqual([1, 1]);
    for (const line of lines) {
      const [, made] = /new (\w+)\(/.exec(line) ?? [];
      if (made) expect(code).toContain(`new ${made}(`);
    }
  }
});
