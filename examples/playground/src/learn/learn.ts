import { proxy } from 'comlink';
import { byId, chosen, download, element } from '../page/elements.js';
import { attempt, say } from '../page/message.js';
import { compute } from '../page/workers.js';
import { labelLayer, paint } from '../pictures/paint.js';
import { shrunk } from '../pictures/shrink.js';
import type { Preview, RunEvents, Step, TrainingPlan, TrainingSource } from '../worker/messages.js';
import { Album } from './album.js';
import { curves } from './curves.js';
import { parseTags, tagsAsCsv, tagsAsJson } from './tags.js';

/** Iterations that the time left is reckoned from. */
const recent = 20;

/** Longer side of pictures to learn from: about that of VOC's, for which the scales of augmentation were chosen. */
const learnedSide = 512;

interface LearnOptions {
  /** Takes the network of a run that is over, or paused, into use. */
  finished(checkpoint: Blob): Promise<unknown>;
  /** The small encoder, which is fetched when it is wanted. */
  encoder(): Promise<{ smallEncoder(): Promise<{ name: string; bytes: Uint8Array }> }>;
}

/** Learn: pictures with tags, the network that learns from them, and how it goes. */
export class Learn {
  readonly album = new Album(() => this.suggest());
  private encoderFile: File | undefined;
  private steps: Step[] = [];
  /** Iterations of the run. */
  private total = 0;
  private drawing = false;
  private stopped = false;

  constructor(private readonly options: LearnOptions) {
    const onFile = (id: string, use: (files: File[]) => Promise<unknown>) => {
      const input = byId<HTMLInputElement>(id);
      input.addEventListener('change', () => {
        const files = [...(input.files ?? [])];
        input.value = '';
        if (files.length) attempt(() => use(files));
      });
    };
    onFile('album-files', files => this.album.add(files, false));
    onFile('album-folder', files => this.album.add(files, true));
    onFile('tags-import', ([file]) => this.importTags(file!));
    onFile('encoder-file', ([file]) => this.useEncoder(file!));
    byId('class-add').onclick = () => this.addClass();
    byId('class-name').addEventListener('keydown', event => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      this.addClass();
    });
    byId('tags-csv').onclick = () => download('labels.csv', tagsAsCsv(this.album.list), 'text/csv');
    byId('tags-json').onclick = () => download('tags.json', tagsAsJson(this.album.list), 'application/json');
    byId('album-clear').onclick = () => attempt(() => this.album.clear());
    for (const radio of document.querySelectorAll('input[name="source"], input[name="encoder"]'))
      radio.addEventListener('change', () => this.suggest());
    byId('plan').addEventListener('submit', event => {
      event.preventDefault();
      attempt(() => this.train());
    });
    byId('pause').onclick = () => {
      byId('run-state').textContent = 'Pausing after this iteration …';
      compute.pause();
    };
    byId('stop').onclick = () => {
      this.stopped = true;
      byId('run-state').textContent = 'Stopping after this iteration …';
      compute.pause();
    };
    byId('go-on').onclick = () => attempt(() => this.goOn());
    new ResizeObserver(() => this.draw()).observe(byId('curves'));
  }

  /** Shows what was kept of the visit before. */
  async restore(): Promise<void> {
    await this.album.restore();
    if (this.album.pictures.length) this.choose('source', 'own');
    const saved = await compute.savedRun().catch(() => undefined);
    if (!saved) return;
    this.steps = saved.steps;
    for (const text of saved.remarks) this.remark(text);
    this.choose('source', saved.plan.source.kind);
    this.total = saved.plan.iterations;
    this.draw();
    this.show('idle', !saved.ended);
    byId('run-state').textContent = saved.ended
      ? `A run of ${saved.done} iterations is finished.`
      : `A run was stopped after ${saved.done} of ${saved.plan.iterations} iterations. It can go on.`;
  }

  async addPictures(files: File[]): Promise<void> {
    this.choose('source', 'own');
    await this.album.add(files, true);
  }

  async importTags(file: File): Promise<void> {
    this.choose('source', 'own');
    const list = parseTags(await file.text(), file.name);
    const count = await this.album.apply(list);
    if (count < list.tags.size)
      say(`${file.name} names ${list.tags.size} pictures, of which ${count} are here; add the others and import it again.`);
  }

  async useEncoder(file: File): Promise<void> {
    this.encoderFile = file;
    byId('encoder-name').textContent = file.name;
    this.choose('encoder', 'file');
  }

  private addClass(): void {
    const input = byId<HTMLInputElement>('class-name');
    attempt(async () => {
      this.album.addClass(input.value);
      input.value = '';
      await this.album.save();
      this.album.show();
    });
  }

  private choose(name: string, value: string): void {
    const radio = document.querySelector<HTMLInputElement>(`input[name="${name}"][value="${value}"]`);
    if (!radio) return;
    radio.checked = true;
    this.suggest();
  }

  /** Shows what belongs to the choices. */
  private suggest(): void {
    byId('own').hidden = chosen('source') !== 'own';
    byId('encoder-box').hidden = chosen('encoder') !== 'file';
  }

  private async plan(): Promise<TrainingPlan> {
    const number = (id: string) => byId<HTMLInputElement>(id).valueAsNumber;
    const [iterations, crop, batch, seed] = ['iterations', 'crop', 'batch', 'seed'].map(number) as [number, number, number, number];
    return { source: await this.source(), encoder: await this.encoder(), iterations, crop, batch, seed };
  }

  private async source(): Promise<TrainingSource> {
    if (chosen('source') === 'shapes') return { kind: 'shapes' };
    const { pictures, classes } = this.album;
    const used = classes.filter(name => pictures.some(({ tags }) => tags.has(name)));
    if (!pictures.length) throw new Error('There are no pictures yet; add some, or take the generated Shapes.');
    if (!used.length) throw new Error('No picture has a class yet; add a class and click the pictures that show it.');
    const images = pictures.map(({ id, name, tags }) => ({ id, name, tags: [...tags].map(tag => used.indexOf(tag)) }));
    return { kind: 'own', classes: used, images };
  }

  private async encoder(): Promise<TrainingPlan['encoder']> {
    const wanted = chosen('encoder');
    if (wanted === 'none') return undefined;
    if (wanted === 'small') return (await this.options.encoder()).smallEncoder();
    if (!this.encoderFile) throw new Error('No encoder was chosen; open a file, or take the small one.');
    return { name: this.encoderFile.name, bytes: new Uint8Array(await this.encoderFile.arrayBuffer()) };
  }

  /** Hands the pictures of one's own to the worker, in the size that is learned from. */
  private async handOver(): Promise<void> {
    await compute.removePictures();
    for (const { id, picture } of this.album.pictures) await compute.addPicture(id, shrunk(picture, learnedSide));
  }

  private async train(): Promise<void> {
    const plan = await this.plan();
    this.steps = [];
    byId('remarks').replaceChildren();
    await this.handOver();
    this.total = plan.iterations;
    await this.follow(events => compute.train(plan, events));
  }

  private async goOn(): Promise<void> {
    await this.handOver();
    await this.follow(events => compute.goOn(events));
  }

  private async follow(run: (events: RunEvents) => Promise<'finished' | 'interrupted'>): Promise<void> {
    this.stopped = false;
    this.show('running', false);
    byId('run-state').textContent = 'Preparing …';
    try {
      const ended = await run(
        proxy({
          step: (step: Step) => {
            this.steps.push(step);
            this.describe(step);
            this.draw();
          },
          remark: (text: string) => this.remark(text),
          previews: (done: number, previews: Preview[]) => this.preview(done, previews),
          saved: (done: number) => {
            document.documentElement.dataset.saved = String(done);
          },
        }),
      );
      const done = this.steps.at(-1)?.done ?? 0;
      byId('run-state').textContent =
        ended === 'finished'
          ? `Finished: ${done} iterations. The network is in use under Look, and can be taken home.`
          : `${this.stopped ? 'Stopped' : 'Paused'} after ${done} of ${this.total} iterations. It can go on, here or after a reload.`;
      const checkpoint = await compute.runCheckpoint();
      if (checkpoint) await this.options.finished(checkpoint);
      this.show('idle', ended === 'interrupted');
    } catch (error) {
      byId('run-state').textContent = 'The run could not go on.';
      this.show('idle', (await compute.savedRun().catch(() => undefined))?.ended === false);
      throw error;
    }
  }

  private show(state: 'idle' | 'running', canGoOn: boolean): void {
    byId('train').hidden = state === 'running';
    byId('pause').hidden = state === 'idle';
    byId('stop').hidden = state === 'idle';
    byId('go-on').hidden = state === 'running' || !canGoOn;
    document.documentElement.dataset.run = state;
  }

  private describe({ done, total, losses, f1, guessed }: Step): void {
    const last = this.steps.slice(-recent);
    const seconds = (last.reduce((sum, step) => sum + step.seconds, 0) / last.length) * (total - done);
    const left = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
    const labels = `labels F1 ${(100 * f1).toFixed(0)} %, guessing gives ${(100 * guessed).toFixed(0)} %`;
    byId('run-state').textContent = `Iteration ${done} of ${total}, ${left} left · loss ${losses.total!.toFixed(3)} · ${labels}`;
  }

  /** Draws the curves, at most once a frame. */
  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      const box = byId('curves');
      box.innerHTML = curves(this.steps, this.total, Math.max(280, box.clientWidth || 520));
      byId<HTMLProgressElement>('run-progress').value = (this.steps.at(-1)?.done ?? 0) / Math.max(1, this.total);
    });
  }

  private remark(text: string): void {
    byId('remarks').append(element('li', { textContent: /[.!?]$/.test(text) ? text : `${text}.` }));
  }

  /** Draws one a frame, so that the page answers meanwhile. */
  private async preview(done: number, previews: Preview[]): Promise<void> {
    const figures: HTMLElement[] = [];
    for (const { name, width, height, image, labels } of previews) {
      await new Promise(requestAnimationFrame);
      const canvas = element('canvas', { role: 'img', ariaLabel: `${name}, segmented after ${done} iterations` });
      paint(canvas, { width, height, data: image }, labelLayer(labels, 0.65));
      figures.push(element('figure', {}, canvas));
    }
    byId('previews').replaceChildren(...figures, element('p', { className: 'quiet', textContent: `after ${done} iterations` }));
  }
}
