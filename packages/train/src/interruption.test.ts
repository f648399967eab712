import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { catchInterruption } from './interruption.js';

describe('catchInterruption', () => {
  it('aborts at the first signal and ends at the second', () => {
    const source = new EventEmitter();
    const codes: number[] = [];
    let text = '';
    const { signal, release } = catchInterruption({ source, exit: code => codes.push(code), stream: { write: part => (text += part) } });
    expect(signal.aborted).toBe(false);
    source.emit('SIGTERM', 'SIGTERM');
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe('SIGTERM');
    expect(text).toContain('SIGTERM: finishing this iteration');
    expect(codes).toEqual([]);
    source.emit('SIGINT', 'SIGINT');
    expect(codes).toEqual([130]);
    release();
    expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
  });

  it('hears real signals', async () => {
    const { signal, release } = catchInterruption({ signals: ['SIGUSR2'], stream: { write: () => {} }, exit: () => {} });
    const aborted = new Promise(resolve => signal.addEventListener('abort', resolve));
    process.kill(process.pid, 'SIGUSR2');
    await aborted;
    release();
  });
});
