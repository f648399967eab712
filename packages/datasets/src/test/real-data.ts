import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../../..');

/** A folder of real data, below $WSSS_DATA or a data folder beside the repository; undefined where there is none. */
const found = (folder: string, needed: string): string | undefined =>
  [process.env.WSSS_DATA, join(repository, '..', 'shared', 'data')]
    .filter(root => root !== undefined)
    .map(root => join(root, folder))
    .find(path => existsSync(join(path, needed)));

/** Real VOC 2012 and COCO, whole or a part of them; where they are undefined, the tests that need them are skipped. */
export const realVoc = found('VOCdevkit/VOC2012', 'JPEGImages');
export const realCoco = found('MSCOCO', 'annotations');

/** Say in a test's name why it may be skipped. */
export const realVocNeeded = 'real VOC (skipped unless WSSS_DATA names a folder with VOCdevkit/VOC2012)';
export const realCocoNeeded = 'real COCO (skipped unless WSSS_DATA names a folder with MSCOCO)';
