import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
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
  /** Folder of the PNGs, relative to `root`. */
  private readonly folder: string;

  /** @param root Folder under which `results/` and `results.tgz` are made. */
  constructor(
    private readonly root: string,
    split = 'test',
  ) {
    this.folder = `results/VOC2012/Segmentation/comp6_${split}_cls`;
  }

  /** Path of the label PNG of an image. */
  path(id: string): string {
    return join(this.root, this.folder, `${id}.png`);
  }

  /** Writes the labels of an image; the file appears when it is complete. */
  async add(id: string, labels: LabelMap): Promise<void> {
    const path = this.path(id);
    await mkdir(dirname(path), { recursive: true });
    await writePalettePng(path, labels);
  }

  /** Packs the labels of these images, in this order. @returns path of the archive. */
  async pack(ids: Iterable<string>): Promise<string> {
    const archive = join(this.root, 'results.tgz');
    const { folder } = this;
    const path = (id: string) => this.path(id);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const id of ids) yield tarEntry(`${folder}/${id}.png`, await readFile(path(id)));
      yield tarEnd;
    }
    await writeWhole('archive', archive, unfinished =>
      pipeline(Readable.from(pieces()), createGzip({ level: 9 }), createWriteStream(unfinished)),
    );
    return archive;
  }
}
