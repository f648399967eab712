import { createHash } from 'node:crypto';
import { zipOf } from '../../../numpy/src/test/zip-writer.js';

/** The bytes of a small Python wheel: a zip archive with a list of checksums. */
export function makeWheel(contents: Record<string, string>, record?: string): Uint8Array {
  const sum = (text: string) => createHash('sha256').update(text).digest('base64url');
  const list = Object.entries(contents).map(([name, text]) => `${name},sha256=${sum(text)},${text.length}`);
  const files = Object.entries({ ...contents, 'tensorflow-1.dist-info/RECORD': record ?? list.join('\n') });
  return zipOf(files.map(([name, text]) => ({ name, data: Buffer.from(text), deflate: true })));
}
