import { readFile } from 'node:fs/promises';
import { readXml } from '../xml/read-xml.js';
import { vocClasses } from './classes.js';

/**
 * Image-level labels of a VOC annotation (`Annotations/*.xml`): the classes of its objects.
 *
 * @param path the XML file
 * @param options.difficult whether objects marked as difficult count, default true
 * @returns [20] 0/1
 * @throws Error naming file and line if it is missing, damaged, or names a class that VOC does not have
 */
export async function readAnnotationLabels(path: string, { difficult = true }: { difficult?: boolean } = {}): Promise<Float32Array> {
  const labels = new Float32Array(vocClasses.length);
  try {
    for (const object of readXml(await readFile(path, 'utf8')).children.filter(({ name }) => name === 'object')) {
      const value = (name: string) => object.children.find(child => child.name === name);
      const name = value('name');
      const index = (vocClasses as readonly string[]).indexOf(name?.text ?? '');
      if (index < 0)
        throw new Error(
          `line ${(name ?? object).line}: ${name ? `unknown class ${JSON.stringify(name.text)}` : 'an object without a name'}; VOC has ${vocClasses.join(', ')}`,
        );
      if (difficult || value('difficult')?.text !== '1') labels[index] = 1;
    }
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(`cannot read annotation ${path}: ${missing ? 'the file does not exist' : (error as Error).message}`, { cause: error });
  }
  return labels;
}
