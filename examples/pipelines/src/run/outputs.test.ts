import { once } from 'node:events';
import { linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { claimFile, claimFolder, isOwnPage, type OwnResults } from './outputs.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'outputs-'));
});
const at = (...path: string[]) => join(root, ...path);
const page = '<!doctype html>\n<meta name="generator" content="mcc">';

describe('claimFile', () => {
  const claim =
    (file: string, inputs: string[] = [], force = false) =>
    () =>
      claimFile('--out', file, { inputs, force }, isOwnPage);

  it('takes what is not there, and what the command wrote', () => {
    expect(claim(at('new/deep/page.html'))).not.toThrow();
    writeFileSync(at('own.html'), page);
    expect(claim(at('own.html'))).not.toThrow();
  });

  it('replaces what others wrote only when asked to', () => {
    writeFileSync(at('thesis.html'), '<!doctype html>');
    expect(claim(at('thesis.html'))).toThrow(/thesis\.html is there, and this command did not write it; .*--force/);
    expect(claim(at('thesis.html'), [], true)).not.toThrow();
  });

  it.each([false, true])('never replaces an input (force: %s)', force => {
    mkdirSync(at('run'));
    writeFileSync(at('run/checkpoint.safetensors'), page);
    writeFileSync(at('run/log.jsonl'), '');
    symlinkSync(at('run/checkpoint.safetensors'), at('link'));
    expect(claim(at('run/checkpoint.safetensors'), [at('run/../run/checkpoint.safetensors')], force)).toThrow('is what is read');
    expect(claim(at('link'), [at('run/checkpoint.safetensors')], force)).toThrow('is what is read');
    expect(claim(at('run/log.jsonl'), [at('run')], force)).toThrow(/log\.jsonl belongs to .*run, which is read/);
    expect(claim(at('run'), [], force)).toThrow('it is a folder');
    expect(claim('/dev/null', [], force)).toThrow('is no plain file');
  });

  it('says where nothing can be written', () => {
    writeFileSync(at('plain'), '');
    expect(claim(at('plain/x.html'))).toThrow(/x\.html could not be written: there is a file of that name/);
    expect(claim('/proc/x/y.html')).toThrow('/proc/x/y.html could not be written');
  });
});

describe('claimFolder', () => {
  const own: OwnResults = {
    command: 'mcc predict',
    writes: ['labels', 'index.html', 'predictions.json'],
    results: { 'predictions.json': ({ pictures }) => Array.isArray(pictures) },
  };
  const claim =
    (folder: string, inputs: string[] = [], force = false) =>
    () =>
      claimFolder(folder, { inputs, force }, own);

  it('takes new folders, and those with other things in them', () => {
    mkdirSync(at('notes'));
    writeFileSync(at('notes/other.txt'), '');
    expect(claim(at('new/deep'))).not.toThrow();
    expect(claim(at('notes'))).not.toThrow();
  });

  it('is not misled by another process that makes and removes the folder, nor is seen by it', async () => {
    const found = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `const { mkdirSync, rmdirSync } = require('node:fs');
       const { workerData: found } = require('node:worker_threads');
       for (;;) {
         try { mkdirSync(${JSON.stringify(at('contested'))}) } catch { found[0]++ }
         try { rmdirSync(${JSON.stringify(at('contested'))}) } catch {}
       }`,
      { eval: true, workerData: found },
    );
    try {
      await once(worker, 'online');
      for (let turn = 0; turn < 500; turn++) expect(claim(at('contested'))).not.toThrow();
    } finally {
      await worker.terminate();
    }
    expect(found[0]).toBe(0);
  });

  it('takes what the command has finished or begun', () => {
    mkdirSync(at('labels'));
    expect(claim(root)).toThrow(/labels is there, and this command did not write it; .*--force/);
    expect(claim(root, [], true)).not.toThrow();
    writeFileSync(at('predictions.json'), '{"scores":[]}');
    expect(claim(root)).toThrow('--force');
    writeFileSync(at('predictions.json'), '{"pictures":[]}');
    expect(claim(root)).not.toThrow();
    writeFileSync(at('predictions.json'), '[');
    writeFileSync(at('run.lock'), '{"doing":"mcc predict"}');
    expect(claim(root)).not.toThrow();
    writeFileSync(at('run.lock'), '{"doing":"mcc cam"}');
    expect(claim(root)).toThrow('--force');
  });

  it.each([false, true])('never writes into what is read (force: %s)', force => {
    mkdirSync(at('labels'));
    writeFileSync(at('labels/a.png'), '');
    writeFileSync(at('predictions.json'), '{"pictures":[]}');
    expect(claim(root, [at('labels')], force)).toThrow(/would go into .*labels, which is read/);
    expect(claim(root, [at('labels/a.png')], force)).toThrow(/would go into .*labels, which is read/);
    mkdirSync(at('data/labels'), { recursive: true });
    expect(claim(at('data'), [at('data')], force)).toThrow(/labels belongs to .*data, which is read/);
    linkSync(at('labels/a.png'), at('b.png'));
  });
});
