import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { LabelMap } from '../dataset.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { tarEnd, tarEntry } from '../shards/tar.js';
import { writeWhole } from '../write-file.js';

/**
 * Label PNGs in the layout of the PASCAL VOC evaluation server: `results/VOC2012/Segmentation/comp6_test_cls/ID.png`, packed as
 * `results.tgz`. Labels are palette indices; background is 0, and nothing is 255.
 */
export class LabelSubmission {
  private readonly folder: string;

  /** @param root folder under which `results/` and `results.tgz` are made */
  constructor(
    private readonly root: string,
    split = 'test',
  ) {
    this.folder = `results/VOC2012/Segmentation/comp6_${split}_cls`;
  }

  path(id: string): string {
    return join(this.root, this.folder, `${id}.png`);
  }

  /** Writes the labels of an image; the file appears when it is complete. */
  async add(id: string, labels: LabelMap): Promise<void> {
    await mkdir(join(this.root, this.folder), { recursive: true });
    await writePalettePng(this.path(id), labels);
  }

  /** Packs the labels of these images, in this order. @returns path of the archive. */
  async pack(ids: Iterable<string>): Promise<string> {
    const archive = join(this.root, 'results.tgz');
    await writeWhole('archive', archive, unfinished => pipeline(this.tar(ids), createGzip({ level: 9 }), createWriteStream(unfinished)));
    return archive;
  }

  private async *tar(ids: Iterable<string>): AsyncGenerator<Uint8Array> {
    for (const id of ids) yield tarEntry(`${this.folder}/${id}.png`, await readFile(this.path(id)));
    yield tarEnd;
  }
}
