import { readFile } from '@wsss/files';
import { parseObjectNpy } from '@wsss/numpy';

/**
 * Reads image-level labels as projects of this field publish them (`cls_labels_onehot.npy`): a NumPy file of one dict from an image's name
 * (`'2007_000032'`, or the number 2007000032) to a 0/1 array of its classes. It is a pickle; nothing in it is executed.
 *
 * @param classes number of classes C
 * @returns [C] 0/1 by name
 * @throws Error naming the file and the entry that is not of that form
 */
export async function readImageLabels(path: string, classes: number): Promise<Map<string, Float32Array>> {
  const fail = (reason: string) => new Error(`${path}: ${reason}; expected a dict of ${classes} zeros and ones for each image`);
  const bytes = await readFile(path).catch(() => {
    throw new Error(`image labels ${path} cannot be read: the file does not exist`);
  });
  const { values } = parseObjectNpy(bytes, path);
  const dict = values.length === 1 ? values[0] : undefined;
  if (!(dict instanceof Map)) throw fail('it holds no dict');
  const labels = new Map<string, Float32Array>();
  for (const [key, value] of dict as Map<unknown, { data?: ArrayLike<number> } | null>) {
    const name = typeof key === 'string' ? key : String(key).replace(/^(\d{4})(\d{6})$/, '$1_$2');
    const row = value?.data;
    if (row?.length !== classes || !Array.from(row).every(label => label === 0 || label === 1))
      throw fail(`entry ${JSON.stringify(name)} is ${row ? `[${Array.from(row).slice(0, 24).join(', ')}]` : 'no array'}`);
    labels.set(name, Float32Array.from(row));
  }
  return labels;
}
