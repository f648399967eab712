import { encodeLabelPng } from '@wsss/datasets/labels';
import type { LabelMap, Picture } from '@wsss/datasets/shapes';
import { zip } from 'fflate';
import type { Album } from '../learn/album.js';
import { byId, download } from '../page/elements.js';
import { attempt } from '../page/message.js';
import { compute } from '../page/workers.js';
import type { GivenPicture } from '../pictures/read-picture.js';
import { samePicture } from '../pictures/same-picture.js';
import type { ModelState } from '../worker/messages.js';
import { cocoOf } from './coco.js';

interface TakenHome {
  /** Pictures that are open under Look, and those that are tagged under Learn. */
  pictures(): readonly GivenPicture[];
  album(): Album;
  /** The network in use. */
  checkpoint(): Blob | undefined;
  model(): ModelState | undefined;
}

/** Take home: masks, network and recipe as files. */
export function startTakingHome(from: TakenHome): void {
  const all = (): { name: string; picture: Picture }[] => {
    const tagged = from.album().pictures;
    const isTagged = (open: GivenPicture) => tagged.some(({ name, picture }) => name === open.name && samePicture(picture, open.picture));
    return [...tagged, ...from.pictures().filter(open => !isTagged(open))];
  };
  const model = () => {
    const found = from.model();
    if (!found) throw new Error('No network is in use yet; open one under Look, or train one.');
    return found;
  };
  const onButton = (id: string, work: () => Promise<unknown>) => {
    byId(id).onclick = () => attempt(work).finally(() => describe(''));
  };
  const describe = (text: string) => {
    byId('home-state').textContent = text;
  };

  byId('home').addEventListener('shown', () => {
    const count = all().length;
    byId('home-pictures').textContent = count === 1 ? '1 picture is open.' : `${count} pictures are open.`;
    const { name, classes, iteration } = from.model() ?? { name: 'none', classes: [], iteration: 0 };
    byId('home-model').textContent = `In use: ${name}, ${classes.length} classes, ${iteration} iterations.`;
  });

  async function masks(): Promise<{ name: string; mask: LabelMap }[]> {
    model();
    const pictures = all();
    if (!pictures.length) throw new Error('No picture is open; open some under Look or Learn.');
    const found: { name: string; mask: LabelMap }[] = [];
    for (const { name, picture } of pictures) {
      describe(`Segmenting ${found.length + 1} of ${pictures.length} …`);
      const { width, height } = picture;
      found.push({ name, mask: { width, height, data: Uint8Array.from(await compute.labelsOf(picture)) } });
    }
    return found;
  }

  onButton('home-zip', async () => {
    const found = await masks();
    const files: Record<string, Uint8Array> = { 'classes.txt': new TextEncoder().encode(`${model().classes.join('\n')}\n`) };
    for (const { name, mask } of found) files[pngName(name, files)] = await encodeLabelPng(mask);
    const bytes = await new Promise<Uint8Array>((resolve, reject) =>
      zip(files, { level: 0 }, (error, data) => (error ? reject(error) : resolve(data))),
    );
    download('masks.zip', bytes, 'application/zip');
  });
  onButton('home-coco', async () => download('annotations.json', cocoOf(model().classes, await masks()), 'application/json'));
  onButton('home-checkpoint', async () => {
    model();
    download('checkpoint.safetensors', from.checkpoint()!, 'application/octet-stream');
  });
  onButton('home-recipe', async () => {
    model();
    download('recipe.json', `${JSON.stringify(await compute.recipe(), null, 2)}\n`, 'application/json');
  });
}

/** `masks/NAME.png`, a name of its own for each. */
function pngName(name: string, taken: Record<string, unknown>): string {
  const stem = name.replace(/\.[^./]*$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '_') || 'picture';
  for (let number = 1; ; number++) {
    const wanted = `masks/${stem}${number > 1 ? `-${number}` : ''}.png`;
    if (!(wanted in taken)) return wanted;
  }
}
