import { readParsed } from '../read-file.js';
import { readXml, xmlText } from '../xml/read-xml.js';
import { vocClasses } from './classes.js';

/**
 * Image-level labels of a VOC annotation (`Annotations/*.xml`): the classes of its objects.
 *
 * @param path of the file
 * @param options which objects count
 * @param options.difficult whether objects marked as difficult count, default true
 * @returns float32 [20]: 1 for each class that is there, else 0
 * @throws Error naming file and line if it is missing, damaged, or names a class that VOC does not have
 */
export const readAnnotationLabels = (path: string, { difficult = true }: { difficult?: boolean } = {}): Promise<Float32Array> =>
  readParsed('annotation', path, bytes => labelsOfAnnotation(xmlText(bytes), difficult));

function labelsOfAnnotation(xml: string, difficult: boolean): Float32Array {
  const labels = new Float32Array(vocClasses.length);
  for (const object of readXml(xml).children.filter(({ name }) => name === 'object')) {
    const value = (name: string) => object.children.find(child => child.name === name);
    const name = value('name');
    const index = (vocClasses as readonly string[]).indexOf(name?.text ?? '');
    const problem = name ? `unknown class ${JSON.stringify(name.text)}` : 'an object without a name';
    if (index < 0) throw new Error(`line ${(name ?? object).line}: ${problem}; VOC has ${vocClasses.join(', ')}`);
    if (difficult || value('difficult')?.text !== '1') labels[index] = 1;
  }
  return labels;
}
