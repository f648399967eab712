import { existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ResultFolder } from './result-folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'results-'));
});

describe('ResultFolder', () => {
  it('says where results belong, and makes the folders on the way', () => {
    const results = new ResultFolder(join(folder, 'out'), ['a', 'birds/b', '../../x']);
    expect(results.path('labels', 1, '.png')).toBe('labels/birds/b.png');
    writeFileSync(results.place('labels', 1, '.png'), '');
    writeFileSync(results.place('labels', 2, '.png'), '');
    expect(readdirSync(folder)).toEqual(['out']);
    expect(readdirSync(join(folder, 'out/labels')).sort()).toEqual(['birds', expect.stringMatching(/^x~[0-9a-f]{24}\.png$/)]);
  });

  it('refuses links that lead out, and takes those that stay inside', () => {
    const out = join(folder, 'out');
    mkdirSync(join(out, 'other'), { recursive: true });
    mkdirSync(join(folder, 'victim'));
    symlinkSync(join(folder, 'victim'), join(out, 'labels'));
    symlinkSync(join(out, 'other'), join(out, 'cams'));
    symlinkSync(join(folder, 'nothing'), join(out, 'overlays'));
    symlinkSync(folder, join(out, 'up'));
    const results = new ResultFolder(out, ['a', 'victim/a']);
    expect(() => results.place('labels', 0, '.png')).toThrow(/labels is a symbolic link that leads out of .*out, to .*victim/);
    expect(() => results.place('up', 1, '.png')).toThrow('is a symbolic link that leads out');
    expect(() => results.place('overlays', 0, '.png')).toThrow('is no folder that results can go into: it does not exist');
    expect(results.place('cams', 0, '.png')).toBe(join(out, 'cams/a.png'));
    expect(existsSync(join(folder, 'nothing'))).toBe(false);
  });

  it('takes a root that is itself a link', () => {
    mkdirSync(join(folder, 'big'));
    symlinkSync(join(folder, 'big'), join(folder, 'out'));
    expect(new ResultFolder(join(folder, 'out'), ['a']).place('labels', 0, '.png')).toBe(join(folder, 'out/labels/a.png'));
    expect(readdirSync(join(folder, 'big'))).toEqual(['labels']);
  });

  it('says when a file is in the way', () => {
    writeFileSync(join(folder, 'labels'), '');
    expect(() => new ResultFolder(folder, ['a']).place('labels', 0, '.png')).toThrow(
      'labels is no folder that results can go into: it is a file',
    );
  });
});
