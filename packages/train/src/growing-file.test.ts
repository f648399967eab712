import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GrowingFile } from './growing-file.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-growing-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('GrowingFile', () => {
  it('continues a file, and has every record on the disk at once', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'old ');
    const file = new GrowingFile(path);
    expect(file.append(Buffer.from('new '))).toBe(true);
    file.append(Buffer.from('ä'));
    expect(readFileSync(path, 'utf8')).toBe('old new ä');
    file.flush();
    file.close();
  });

  it.skipIf(process.platform !== 'linux')('keeps what a full disk refuses, says why, and cannot be flushed', () => {
    const file = new GrowingFile('/dev/full');
    expect(file.append(Buffer.from('a'))).toBe(false);
    expect(file.failure!.message).toContain('ENOSPC');
    expect(() => file.flush()).toThrow(/^\/dev\/full could not be written: ENOSPC/);
    file.close();
  });

  it('says which file it cannot open', () => {
    expect(() => new GrowingFile(folder)).toThrow(folder);
  });
});
