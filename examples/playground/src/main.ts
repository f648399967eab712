import shapesUrl from '../model/shapes.safetensors?url';
import { Learn } from './learn/learn.js';
import { Look } from './look/look.js';
import { startDropping } from './page/drop.js';
import { byId, element } from './page/elements.js';
import { attempt, say } from './page/message.js';
import { keepForOffline } from './page/offline.js';
import { startTabs } from './page/tabs.js';
import { compute } from './page/workers.js';
import { readPicture } from './pictures/read-picture.js';
import { startTakingHome } from './take-home/take-home.js';
import type { EngineState, ModelState } from './worker/messages.js';

const titles = { webgpu: 'WebGPU', 'wasm-threads': 'WebAssembly, threads', wasm: 'WebAssembly, one thread', cpu: 'plain JavaScript' };

const parameters = new URLSearchParams(location.search);
const look = new Look();
const learn = new Learn({ finished: file => useCheckpoint(file, 'Trained here'), encoder: () => import('./learn/small-encoder.js') });
const tabs = startTabs();
let model: ModelState | undefined;
let checkpoint: Blob | undefined;

async function useCheckpoint(file: Blob, name: string): Promise<void> {
  model = await compute.useModel(file, name);
  checkpoint = file;
  await look.use(model);
}

async function shipped(): Promise<void> {
  const response = await fetch(shapesUrl);
  await useCheckpoint(await response.blob(), 'The small model of Shapes');
}

/** The checkpoint that `mcc playground` was given. */
async function given(name: string): Promise<void> {
  const response = await fetch(new URL('given/checkpoint.safetensors', document.baseURI));
  if (!response.ok) throw new Error(`${name} is not served here; open it as a file.`);
  await useCheckpoint(await response.blob(), name);
}

/** Files of any kind that were dropped, pasted or chosen. */
async function take(files: File[]): Promise<void> {
  const weights = files.filter(({ name }) => /\.(safetensors|pth|pt|bin|npz)$/i.test(name));
  const lists = files.filter(({ name }) => /\.(csv|json)$/i.test(name));
  const pictures = files.filter(file => !weights.includes(file) && !lists.includes(file));
  if (!byId('learn').hidden) {
    if (pictures.length) await learn.addPictures(pictures);
    for (const file of lists) await learn.importTags(file);
    if (weights[0]) await learn.useEncoder(weights[0]);
    return;
  }
  tabs.show('look');
  if (lists[0]) throw new Error(`${lists[0].name} is a list; drop it where the pictures are tagged, under Learn.`);
  const foreign = weights.find(({ name }) => !/\.safetensors$/i.test(name));
  if (foreign) throw new Error(`${foreign.name} holds the weights of an encoder; drop it where a network is trained, under Learn.`);
  if (weights[0]) await useCheckpoint(weights[0], weights[0].name);
  for (const file of pictures) await look.look(await readPicture(file, file.name));
}

async function startEngine(): Promise<void> {
  const select = byId<HTMLSelectElement>('engine');
  const wanted = parameters.get('engine') ?? 'auto';
  const state = await compute.start(wanted as 'auto');
  select.replaceChildren(
    ...state.reports.map(({ name, works }) =>
      element('option', { value: name, textContent: titles[name], selected: name === state.name, disabled: !works && name !== state.name }),
    ),
  );
  select.disabled = false;
  // A page can start one of the wasm engines, so another engine is another page.
  select.onchange = () => {
    parameters.set('engine', select.value);
    location.search = parameters.toString();
  };
  describeEngine(state);
}

function describeEngine({ name, version, reports }: EngineState): void {
  byId('engine-state').textContent = version;
  const threads = reports.find(report => report.name === 'wasm-threads')!;
  if (name === 'wasm' && !threads.works && !parameters.has('engine')) say(`This page runs on one thread. ${threads.why}: ${threads.fix}.`);
}

function startButtons(): void {
  byId('shipped').onclick = () => attempt(shipped);
  const onFiles = (id: string, use: (files: File[]) => unknown) => {
    const input = byId<HTMLInputElement>(id);
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      input.value = '';
      if (files.length) attempt(() => use(files));
    });
  };
  onFiles('look-files', take);
  onFiles('checkpoint', ([file]) => useCheckpoint(file!, file!.name));
  startDropping(files => attempt(async () => take(await files())));
  startTakingHome({ pictures: () => look.open, album: () => learn.album, checkpoint: () => checkpoint, model: () => model });
}

startButtons();
byId('tab-home').addEventListener('click', () => byId('home').dispatchEvent(new Event('shown')));
await attempt(async () => {
  await startEngine();
  const name = parameters.get('checkpoint');
  await (name ? given(name) : shipped());
  await learn.restore();
});
if (parameters.get('tab') === 'learn') tabs.show('learn');
document.documentElement.dataset.ready = 'true';
keepForOffline();
