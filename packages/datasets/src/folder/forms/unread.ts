import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPictureFile } from '../../images/picture-forms.js';
import { withoutEnding } from '../../images/short-names.js';
import type { FolderContents } from '../picture-list.js';
import { type JsonKind, jsonKind } from './json-kind.js';

/** What JSON files of forms that are not read are called, and what to do with them. */
const jsonForms: Partial<Record<JsonKind, string>> = {
  createml: 'a list of boxes of CreateML; export it as COCO',
  datumaro: 'a list of Datumaro; convert it: datum convert -i DIR -f coco_instances -- --save-media',
  supervisely: 'of Supervisely; export it as COCO',
};

/** Files and folders by which forms that are not read are known. */
const forms: { found: (name: string) => boolean; is: string }[] = [
  {
    found: name => /^(obj\.(data|names)|_darknet\.labels)$/i.test(name),
    is: 'of YOLO 1.1 (Darknet), which has boxes alone; export it as COCO, or as YOLO segmentation',
  },
  {
    found: name => /\.(tfrecords?|tfrec|pbtxt)(-\d+-of-\d+)?$/i.test(name),
    is: 'of TensorFlow (TFRecord); export it as COCO',
  },
  { found: name => /\.xml$/i.test(name), is: 'an XML file of another form than those of VOC and of CVAT for images; export it as COCO' },
  { found: name => /^_annotations\.(csv|txt)$/i.test(name), is: 'a list of boxes of Roboflow; export it as COCO segmentation' },
  { found: name => /via.*\.csv$/i.test(name), is: 'a table of VIA; export its JSON, or COCO' },
  {
    found: name => /\.(nd|l)?jsonl?$/i.test(name) && !/\.json$/i.test(name),
    is: 'a list of JSON lines (Labelbox and others); export it as COCO',
  },
  { found: name => /^(manifest|metadata)\.json$/i.test(name), is: 'a manifest; export the data as COCO' },
  { found: name => /\.(parquet|arrow)$/i.test(name), is: 'a table of Hugging Face datasets; save the pictures and a labels.csv' },
];

/** What annotation tools have left in a folder in a form that is not read, as sentences that begin with its name. */
export async function unreadIn({ path, files, folders }: FolderContents): Promise<string[]> {
  const found: string[] = [];
  const names = [...files].sort();
  const inAnnotations = folders.has('annotations') ? (await readdir(join(path, 'annotations'))).map(name => `annotations/${name}`) : [];
  for (const name of [...names, ...inAnnotations]) {
    const kind = /\.json$/i.test(name) ? jsonForms[jsonKind(join(path, name))] : undefined;
    const form = kind ?? forms.find(({ found }) => found(name.replace('annotations/', '')))?.is;
    if (form) found.push(`${name} is ${form}`);
  }
  const pictures = new Set(names.filter(isPictureFile).map(withoutEnding));
  const beside = names.find(name => /\.txt$/i.test(name) && pictures.has(withoutEnding(name)));
  if (beside)
    found.push(
      `${beside} lies beside its picture, as YOLO's boxes do; move pictures to images/, text files to labels/, and write a data.yaml`,
    );
  return found;
}
