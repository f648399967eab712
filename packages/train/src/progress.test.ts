import { describe, expect, it } from 'vitest';
import { Progress } from './progress.js';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { stream: { write: (text: string) => written.push(text), isTTY, columns: 100 }, written };
}

describe('Progress', () => {
  it('writes a line every so many percent or seconds off a terminal', () => {
    const { stream, written } = recorder(false);
    let now = 0;
    const progress = new Progress({ total: 100, label: 'train', stream, clock: () => now, every: { percent: 50, seconds: 10 } });
    for (let done = 1; done <= 100; done++) {
      now += done === 20 ? 10_000 : 500;
      progress.update(done, { loss: 0.5 });
    }
    progress.finish();
    expect(written).toEqual([
      'train 20/100 (20 %) · 1.0/s · 1 min left · loss 0.5\n',
      'train 40/100 (40 %) · 2.0/s · 30 s left · loss 0.5\n',
      'train 60/100 (60 %) · 2.0/s · 20 s left · loss 0.5\n',
      'train 80/100 (80 %) · 2.0/s · 10 s left · loss 0.5\n',
      'train 100/100 (100 %) · 2.0/s · 0 s left · loss 0.5\n',
    ]);
  });

  it('redraws one line on a terminal, no wider than it, and at most ten times a second', () => {
    const { stream, written } = recorder(true);
    let now = 0;
    const progress = new Progress({ total: 1000, start: 500, stream, clock: () => now });
    for (let done = 501; done <= 1000; done++) {
      now += 10;
      progress.update(done, { loss: 0.25 });
    }
    progress.finish();
    expect(written.length).toBe(52);
    expect(written[0]).toBe('\r████████████░░░░░░░░░░░░ 510/1000 (51 %) · 100.0/s · 5 s left · loss 0.25\x1b[K');
    expect(written.at(-1)).toBe('\n');
    stream.columns = 20;
    progress.update(1000, { loss: 0.25 });
    expect(written.at(-1)).toBe('\r███████████████████\x1b[K');
  });

  it('keeps the bar below what is written', () => {
    const { stream, written } = recorder(true);
    let now = 0;
    const progress = new Progress({ total: 10, stream, clock: () => now });
    progress.write('before\n');
    now = 1000;
    progress.update(5);
    progress.write('a log line\n');
    progress.finish();
    expect(written[0]).toBe('before\n');
    expect(written[2]).toBe('\r\x1b[Ka log line\n');
    expect(written[3]).toBe(written[1]);
  });

  it('says hours and minutes', () => {
    const { stream, written } = recorder(false);
    let now = 0;
    const progress = new Progress({ total: 20_000, stream, clock: () => now, every: { percent: 5, seconds: 1000 } });
    for (let done = 1; done <= 1000; done++) {
      now += 400;
      progress.update(done);
    }
    expect(written.at(-1)).toBe('1000/20000 (5 %) · 2.5/s · 2 h 07 min left\n');
  });
});
