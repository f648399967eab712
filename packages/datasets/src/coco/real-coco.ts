import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '../../../..');

/**
 * For tests: the folder of a real COCO, whole or a part of it, below $WSSS_DATA or a data folder beside the repository; undefined where
 * there is none, and the tests that need it are skipped.
 */
export const realCoco: string | undefined = [process.env.WSSS_DATA, join(repository, '..', 'shared', 'data')]
  .filter(folder => folder !== undefined)
  .map(folder => join(folder, 'MSCOCO'))
  .find(folder => existsSync(join(folder, 'annotations')));

/** Says in a test's name why it may be skipped. */
export const realCocoNeeded = 'real COCO (skipped unless WSSS_DATA names a folder with MSCOCO)';
