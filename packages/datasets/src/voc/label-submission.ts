import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { placeInside, readFile, resultName, resultNames } from '@wsss/files';
import type { LabelMap, Size } from '../dataset.js';
import { writePalettePng } from '../images/write-palette-png.js';
import { tarEnd, tarEntry } from '../shards/tar.js';
import { writeWhole } from '../write-file.js';
import { checkFiles, type SubmissionCheck } from './check-submission.js';

/**
 * Label PNGs in the layout of the PASCAL VOC evaluation server: `results/VOC2012/Segmentation/comp6_test_cls/ID.png`, packed as
 * `results.tgz`. Labels are palette indices; background is 0, and nothing is 255.
 */
export class LabelSubmission {
  private readonly folder: string;
  private readonly names: ReadonlyMap<string, string>;

  /**
   * @param root folder under which `results/` and `results.tgz` are made
   * @param ids of all images, each once; what `pack` packs. Without them, images are named alone
   * @throws Error if two images have the same name
   */
  constructor(
    private readonly root: string,
    private readonly split = 'test',
    private readonly ids?: readonly string[],
  ) {
    this.folder = `results/VOC2012/Segmentation/comp6_${resultName(split)}_cls`;
    const names = resultNames(ids ?? []);
    this.names = new Map(ids?.map((id, i) => [id, names[i]!]));
  }

  /** Where the labels of an image go; the folders on the way are made. */
  path(id: string): string {
    return placeInside(this.root, this.member(id));
  }

  /** Writes the labels of an image; the file appears when it is complete. */
  async add(id: string, labels: LabelMap): Promise<void> {
    await writePalettePng(this.path(id), labels);
  }

  /**
   * Looks for what the evaluation server of VOC would refuse in the labels of the images of the constructor, before they are packed.
   *
   * @param sizeOf the size of an image, by its place among them
   */
  async check(sizeOf: (index: number) => Promise<Size>): Promise<SubmissionCheck> {
    const ids = this.ids ?? [];
    const files = ids.map(id => ({ name: this.member(id), data: async () => readFile(this.path(id)) }));
    const images = ids.map((id, index) => ({ id: this.names.get(id)!, size: () => sizeOf(index) }));
    return checkFiles(files, images, { split: this.split });
  }

  /** Packs the labels of these images, in this order; without them, those of the constructor. @returns path of the archive. */
  async pack(ids: Iterable<string> = this.ids ?? []): Promise<string> {
    const archive = placeInside(this.root, 'results.tgz');
    await writeWhole('archive', archive, unfinished => pipeline(this.tar(ids), createGzip({ level: 9 }), createWriteStream(unfinished)));
    return archive;
  }

  private async *tar(ids: Iterable<string>): AsyncGenerator<Uint8Array> {
    for (const id of ids) yield tarEntry(this.member(id), await readFile(this.path(id)));
    yield tarEnd;
  }

  private member(id: string): string {
    return `${this.folder}/${this.names.get(id) ?? resultName(id)}.png`;
  }
}
