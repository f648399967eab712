import { createHash } from 'node:crypto';
import { openFile, readFile } from '@wsss/files';
import { labelCounts, type SegmentationDataset } from '../dataset.js';
import { sizeProblem } from '../images/picture-limits.js';
import { readLabelPngSize } from '../images/read-label-png.js';
import { readPicture, readPictureSize } from '../images/read-picture.js';
import { uprightSize } from '../images/upright-mask.js';

/** What {@link checkRecord} found. */
export interface RecordCheck {
  index: number;
  id: string;
  /** What is wrong with it, one sentence each, naming the file; empty if nothing is. */
  problems: string[];
  /** [C] 0/1; absent if they cannot be read or the split has none. */
  labels?: Float32Array;
  /** How EXIF says that the picture is turned, 2 to 8; absent if it is upright. */
  orientation?: number;
  /** Pixels of each label 0 … 255 in the mask; with `thorough` alone. */
  pixels?: Uint32Array;
  /** SHA-256 of the image's file; with `thorough` alone. */
  hash?: string;
}

/**
 * Looks for what would stop or spoil training on a record: files that are missing, empty, truncated, no images or Git LFS pointers,
 * pictures that are too small or too large, masks of another size than their picture, labels or names that are no class.
 *
 * @param thorough decode every pixel and the mask, about 10 ms a record; else image and mask are judged by their headers and the
 * image's end, below 1 ms, and the mask is read only if the labels come from it
 */
export async function checkRecord(dataset: SegmentationDataset, index: number, thorough: boolean): Promise<RecordCheck> {
  const result: RecordCheck = { index, id: dataset.id(index), problems: [] };
  const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      result.problems.push((error as Error).message);
      return undefined;
    }
  };
  const image = dataset.files?.(index).image;
  const size = await attempt(async () => {
    if (!image) return dataset.image(index);
    const found = await readPictureSize(image);
    if (found.orientation > 1) result.orientation = found.orientation;
    if (thorough) return { ...found, ...(await dataset.image(index)) };
    if (!(await endsWhole(image))) await readPicture(image);
    return found;
  });
  const problem = size && sizeProblem(size);
  if (problem) result.problems.push(`image ${image ?? result.id}: ${problem}`);
  // A picture that cannot be read would be named again by its mask, whose size is compared with it.
  if (size && !problem) {
    const mask = thorough && dataset.mask ? await attempt(() => dataset.mask!(index)) : undefined;
    if (mask) result.pixels = labelCounts(mask);
    const maskFile = thorough ? undefined : dataset.files?.(index).mask;
    if (image && maskFile) await attempt(async () => uprightSize(`mask ${maskFile}`, await readLabelPngSize(maskFile), image));
    // VOC's and COCO's `test` have neither masks nor labels.
    const hasLabels = dataset.mask !== undefined || dataset.split !== 'test';
    if (!result.problems.length && hasLabels) result.labels = await attempt(() => dataset.labels(index));
    if (thorough && image)
      result.hash = createHash('sha256')
        .update(await readFile(image))
        .digest('hex');
  }
  return result;
}

/** Whether a JPEG or PNG file ends as one should; other formats are taken to. Cameras may append to a JPEG, so false is a suspicion. */
async function endsWhole(path: string): Promise<boolean> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const start = Buffer.alloc(2);
    const end = Buffer.alloc(Math.min(16, size));
    await file.read(start, 0, 2, 0);
    await file.read(end, 0, end.length, size - end.length);
    if (start[0] === 0xff && start[1] === 0xd8) return end.includes(Buffer.of(0xff, 0xd9));
    return start.toString('latin1') !== '\x89P' || end.includes('IEND');
  } finally {
    await file.close();
  }
}
