import { type Picture, shapesDataset } from '@wsss/datasets/shapes';
import { byId, chosen, element } from '../page/elements.js';
import { attempt } from '../page/message.js';
import { compute, crfWorker } from '../page/workers.js';
import { cssColor, heatLayer, type Layer, labelLayer, paint, patchesToPixels } from '../pictures/paint.js';
import type { GivenPicture } from '../pictures/read-picture.js';
import { ownName } from '../pictures/same-picture.js';
import type { ModelState, Seen, SeenMechanism } from '../worker/messages.js';
import { startCamera } from './camera.js';
import { crfSliders } from './crf-sliders.js';
import { showLocalViews } from './local-views.js';

/** Look: what the network in use sees in a picture. */
export class Look {
  /** Pictures that are open; the last one is shown. */
  readonly open: GivenPicture[] = [];
  private model: ModelState | undefined;
  private current: GivenPicture | undefined;
  private seen: Seen | undefined;
  private mechanism: SeenMechanism | undefined;
  private refined: Int32Array | undefined;
  private patch = { row: 0, column: 0 };
  private viewSeed = 0;
  /** The first one shows three classes. */
  private shapeNumber = 4;
  private crfBusy = false;
  private crfAgain = false;
  private readonly canvas = byId<HTMLCanvasElement>('look-canvas');
  private readonly crfSettings = crfSliders(byId('crf-sliders'), () => void this.refine());

  constructor() {
    for (const radio of document.querySelectorAll('input[name="show"]'))
      radio.addEventListener('change', () => {
        this.caption();
        this.draw();
      });
    const opacity = byId<HTMLInputElement>('opacity');
    opacity.addEventListener('input', () => {
      document.querySelector<HTMLOutputElement>('output[for="opacity"]')!.value = `${Math.round(100 * Number(opacity.value))} %`;
      this.draw();
    });
    byId('crf-on').addEventListener('change', () => void this.refine());
    byId('shape').onclick = () => attempt(() => this.nextShape());
    byId('redraw').onclick = () => attempt(() => this.explain(this.viewSeed + 1));
    this.canvas.addEventListener('pointermove', event => this.pointAt(event));
    this.canvas.addEventListener('keydown', event => this.move(event));
    startCamera(picture => attempt(() => this.look(picture)));
  }

  /** Takes a model into use, and looks again. */
  async use(model: ModelState): Promise<void> {
    this.model = model;
    const { name, dataset, classes, iteration } = model;
    byId('model-state').textContent = `${name}: ${classes.length} classes of ${dataset}, ${iteration} iterations.`;
    await (this.current ? this.look(this.current) : this.nextShape());
  }

  async nextShape(): Promise<void> {
    const number = this.shapeNumber++;
    const picture = await shapesDataset({ seed: 2, length: 100, split: 'val' }).image(number % 100);
    await this.look({ name: `val-${String(number % 100).padStart(6, '0')}.png`, picture });
  }

  async look({ name, picture }: GivenPicture): Promise<void> {
    const given = { name: ownName({ name, picture }, this.open), picture };
    this.current = given;
    const at = this.open.findIndex(({ name }) => name === given.name);
    if (at >= 0) this.open.splice(at, 1);
    this.open.push(given);
    if (!this.model) return;
    byId('look-caption').textContent = `${given.name} …`;
    this.seen = undefined;
    this.mechanism = undefined;
    this.refined = undefined;
    const seen = await compute.look(given.picture);
    if (this.current !== given) return; // another one was asked for meanwhile
    this.seen = seen;
    this.caption();
    this.showClasses();
    this.draw();
    await this.explain(this.viewSeed);
    await this.refine();
  }

  private caption(): void {
    if (!this.current || !this.seen) return;
    const { name, picture } = this.current;
    const hint = chosen('show') === 'affinity' ? ': how much like the white patch each is; point at another one' : '';
    byId('look-caption').textContent = `${name}, ${picture.width}×${picture.height}${hint}`;
  }

  private async explain(seed: number): Promise<void> {
    const { current } = this;
    if (!current || !this.model) return;
    this.viewSeed = seed;
    const mechanism = await compute.explain(current.picture, current.name, seed);
    if (this.current !== current) return;
    this.mechanism = mechanism;
    this.patch = mechanism.patch;
    showLocalViews(byId('views'), mechanism);
    if (chosen('show') === 'affinity') this.draw();
  }

  private async refine(): Promise<void> {
    const isOn = byId<HTMLInputElement>('crf-on').checked;
    if (!isOn || !this.seen || !this.current) {
      this.refined = undefined;
      byId('crf-time').textContent = '';
      return this.afterRefining();
    }
    // While it computes, sliders only say that it has to be done once more.
    if (this.crfBusy) {
      this.crfAgain = true;
      return;
    }
    this.crfBusy = true;
    const { current, seen } = this;
    try {
      const { width, height, data } = current.picture;
      await crfWorker().setImage({ width, height, image: data, probabilities: seen.probabilities });
      do {
        this.crfAgain = false;
        const { labels, milliseconds } = await crfWorker().refine(this.crfSettings());
        if (this.current !== current) break;
        this.refined = labels;
        byId('crf-time').textContent = `${milliseconds.toFixed(0)} ms`;
        this.afterRefining();
      } while (this.crfAgain);
    } finally {
      this.crfBusy = false;
    }
    if (this.current !== current) await this.refine();
  }

  private afterRefining(): void {
    this.showClasses();
    this.draw();
  }

  private get labels(): Int32Array | undefined {
    return this.refined ?? this.seen?.labels;
  }

  /** The class whose maps are shown, from 0. */
  private get chosenClass(): number {
    return Number(chosen('class') || 0);
  }

  private showClasses(): void {
    const { model, seen, labels } = this;
    if (!model || !seen || !labels) return;
    const pixels = new Uint32Array(256);
    for (const label of labels) pixels[label]!++;
    const found = seen.activations.classes;
    const before = this.chosenClass;
    const selected = found.includes(before) ? before : found[0];
    const rows = found.map(c => {
      const share = (100 * pixels[c + 1]!) / labels.length;
      const radio = element('input', {
        type: 'radio',
        name: 'class',
        value: String(c),
        checked: c === selected,
        onchange: () => this.draw(),
      });
      const swatch = element('span', { className: 'swatch', style: `background:${cssColor(c + 1)}` });
      return element(
        'label',
        {},
        radio,
        swatch,
        model.classes[c]!,
        element('output', { value: share > 0 && share < 1 ? '< 1 %' : `${Math.round(share)} %` }),
      );
    });
    byId('classes').replaceChildren(
      ...(rows.length ? rows : [element('p', { className: 'quiet', textContent: 'Nothing but background.' })]),
    );
    const names = found.map(c => model.classes[c]).join(', ') || 'background alone';
    this.canvas.setAttribute('aria-label', `${this.current!.name}: ${names}. With affinity shown, arrow keys move the patch.`);
  }

  private draw(): void {
    if (this.current) paint(this.canvas, this.current.picture, ...this.layers(this.current.picture));
  }

  /** What lies over the picture. */
  private layers(picture: Picture): Layer[] {
    const { seen, labels, mechanism } = this;
    const opacity = Number(byId<HTMLInputElement>('opacity').value);
    const shown = chosen('show');
    if (shown === 'picture' || !seen || !labels) return [];
    if (shown === 'segmentation') return [labelLayer(labels, opacity)];
    if (shown === 'affinity') return mechanism ? this.affinityLayers(mechanism, picture, opacity) : [];
    const { classes, [shown as 'main' | 'auxiliary']: maps } = seen.activations;
    const place = classes.indexOf(this.chosenClass);
    if (place < 0) return [];
    const map = Float32Array.from({ length: labels.length }, (_, i) => maps[i * classes.length + place]!);
    return [heatLayer(map, opacity)];
  }

  /** How much like the chosen patch each other is, and the patch itself in white. */
  private affinityLayers({ grid, after }: SeenMechanism, picture: Picture, opacity: number): Layer[] {
    const patches = grid[0] * grid[1];
    const own = this.patch.row * grid[1] + this.patch.column;
    const affinity = after.affinity.subarray(own * patches, (own + 1) * patches);
    const isOwn = patchesToPixels(
      Float32Array.from(affinity, (_, i) => (i === own ? 1 : 0)),
      grid,
      picture,
    );
    return [heatLayer(patchesToPixels(affinity, grid, picture), opacity), pixel => [255, 255, 255, 0.6 * isOwn[pixel]!]];
  }

  private pointAt({ offsetX, offsetY }: PointerEvent): void {
    if (!this.mechanism || chosen('show') !== 'affinity') return;
    const { canvas, mechanism } = this;
    // The canvas keeps its proportions inside its box.
    const factor = Math.min(canvas.clientWidth / canvas.width, canvas.clientHeight / canvas.height);
    const x = (offsetX - (canvas.clientWidth - factor * canvas.width) / 2) / (factor * canvas.width);
    const y = (offsetY - (canvas.clientHeight - factor * canvas.height) / 2) / (factor * canvas.height);
    const [rows, columns] = mechanism.grid;
    this.moveTo(Math.floor(y * rows), Math.floor(x * columns));
  }

  private move(event: KeyboardEvent): void {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || chosen('show') !== 'affinity') return;
    event.preventDefault();
    this.moveTo(this.patch.row + step[0]!, this.patch.column + step[1]!);
  }

  private moveTo(row: number, column: number): void {
    const [rows, columns] = this.mechanism?.grid ?? [0, 0];
    if (row < 0 || column < 0 || row >= rows || column >= columns || (row === this.patch.row && column === this.patch.column)) return;
    this.patch = { row, column };
    this.draw();
  }
}
