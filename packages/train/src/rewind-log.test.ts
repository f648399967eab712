import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { rewindLog } from './rewind-log.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-rewind-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'log.jsonl');
const line = (kind: string, step: number) => `${JSON.stringify({ time: 't', kind, step, values: { loss: step } })}\n`;

async function rewound(text: string, step: number, again = ''): Promise<string> {
  writeFileSync(file, text);
  await rewindLog(folder, record => record.step <= step && record.kind !== again);
  return readFileSync(file, 'utf8');
}

describe('rewindLog', () => {
  const log = line('train', 10) + line('train', 20) + line('evaluate', 20) + line('train', 30);

  it('keeps what is wanted', async () => {
    expect(await rewound(log, 30)).toBe(log);
    expect(await rewound(log, 29)).toBe(line('train', 10) + line('train', 20) + line('evaluate', 20));
    expect(await rewound(log, 20, 'evaluate')).toBe(line('train', 10) + line('train', 20));
    expect(await rewound(log, 0)).toBe('');
  });

  it('drops a line that is not whole, and all behind it', async () => {
    for (let cut = 1; cut < line('train', 30).length - 1; cut++)
      expect(await rewound(log.slice(0, -cut - 1), 30)).toBe(log.slice(0, log.length - line('train', 30).length));
    expect(await rewound(log.slice(0, -1), 30)).toBe(log); // only the line's end was missing
    expect(await rewound(`${line('train', 10)}\0\0\0\n${line('train', 20)}`, 30)).toBe(line('train', 10));
  });

  it('says how many lines it dropped, and does without a log', async () => {
    writeFileSync(file, log);
    expect(await rewindLog(folder, ({ step }) => step <= 15)).toBe(3);
    rmSync(file);
    expect(await rewindLog(folder, ({ step }) => step <= 15)).toBe(0);
  });
});
