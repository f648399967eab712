import type { Picture } from '@wsss/datasets/shapes';
import type { BrowserEngine } from '@wsss/engine/browser';
import {
  backboneOf,
  inPage,
  type Losses,
  type MemoryRun,
  type NeverFound,
  neverFound,
  runInMemory,
  segmenter,
  singleProtocol,
  trainingOf,
} from '@wsss/pipelines/browser';
import { parseCheckpoint, serializeCheckpoint } from '@wsss/train/runs';
import { shrunk } from '../pictures/shrink.js';
import type { Preview, RunEvents, SavedRun, Step, TrainingPlan } from './messages.js';
import { encoderOfPlan, recipeOfPlan, remarksOn } from './plan-recipe.js';
import { forget, keep, kept, QuotaError } from './storage.js';
import { trainingData } from './training-data.js';

const files = { run: 'run.json', checkpoint: 'checkpoint.safetensors' };

/** The training of this page: one run, kept in the browser's own file system from iteration to iteration and from visit to visit. */
export class Training {
  /** The newest checkpoint, whether there was room to keep it or not. */
  checkpoint: Uint8Array | undefined;
  private stopping = new AbortController();

  /** The run that was kept, if there is one. A run that cannot be read is as if it were not there. */
  async saved(): Promise<SavedRun | undefined> {
    const [text, checkpoint] = await Promise.all([kept(files.run), kept(files.checkpoint)]);
    if (!text || !checkpoint) return undefined;
    const run = JSON.parse(new TextDecoder().decode(text)) as SavedRun;
    const { metadata } = await parseCheckpoint(checkpoint, 'the run that was kept');
    const { iteration, recipe } = JSON.parse(metadata.info ?? '') as { iteration: number; recipe: { iterations: number } };
    this.checkpoint = checkpoint;
    return { ...run, done: iteration, steps: run.steps.filter(({ done }) => done <= iteration), ended: iteration >= recipe.iterations };
  }

  /** Begins a run in the place of the one that was kept. */
  async begin(plan: TrainingPlan, pictures: ReadonlyMap<string, Picture>, engine: BrowserEngine, events: RunEvents) {
    const pretrained = encoderOfPlan(plan);
    const recipe = recipeOfPlan(plan, pretrained);
    const { train, held } = trainingData(plan.source, pictures);
    const dataset = plan.source.kind === 'shapes' ? ('shapes' as const) : ('folder' as const);
    const run = await runInMemory({ dataset, recipe, train, engine, pretrained });
    await forget(name => name === files.run || name === files.checkpoint);
    this.checkpoint = undefined;
    const { encoder: _, ...kept } = plan;
    const remarks = [...(pretrained ? remarksOn(recipe, pretrained.source) : []), ...(run.remark ? [inPage(run.remark)] : [])];
    for (const remark of remarks) events.remark(remark);
    return this.follow(run, { plan: kept, done: 0, steps: [], remarks, ended: false }, { train, held }, events);
  }

  /** Goes on with the run that was kept. @throws Error if there is none */
  async goOn(pictures: ReadonlyMap<string, Picture>, engine: BrowserEngine, events: RunEvents) {
    const saved = await this.saved();
    if (!saved) throw new Error('There is no run to go on with.');
    const earlier = trainingOf(await parseCheckpoint(this.checkpoint!, 'the run that was kept'), 'the run that was kept');
    const { train, held } = trainingData(saved.plan.source, pictures);
    const run = await runInMemory({ dataset: earlier.info.dataset, recipe: earlier.recipe, train, engine, earlier });
    return this.follow(run, saved, { train, held }, events);
  }

  /** Ends after the current iteration; the run is saved. */
  pause(): void {
    this.stopping.abort();
  }

  private async follow(run: MemoryRun, saved: SavedRun, data: ReturnType<typeof trainingData>, events: RunEvents) {
    this.stopping = new AbortController();
    const { recipe, network } = run;
    const { plan } = saved;
    const steps = [...saved.steps];
    const remarks = [...saved.remarks];
    const remark = (text: string) => {
      if (remarks.includes(text)) return;
      remarks.push(text);
      events.remark(text);
    };
    const segment = segmenter(network, {
      protocol: singleProtocol(recipe.crop),
      normalization: backboneOf(recipe),
      engine: { canTrace: false },
    });
    /** Classes that were said not to be found. */
    const told = new Set<string>();
    let begun = performance.now();
    try {
      return await run.train({
        signal: this.stopping.signal,
        onIteration: (done, losses, recent) => {
          const step: Step = {
            done,
            total: recipe.iterations,
            losses: shown(losses),
            ...recent,
            seconds: (performance.now() - begun) / 1000,
          };
          begun = performance.now();
          steps.push(step);
          events.step(step);
        },
        onRemark: advised => remark(inPage(advised)),
        onCheckpoint: async (done, checkpoint) => {
          this.checkpoint = await serializeCheckpoint(checkpoint);
          const state: SavedRun = { plan, done, steps, remarks, ended: done >= recipe.iterations };
          try {
            await keep(files.run, JSON.stringify(state)); // what it says beyond the checkpoint is left out when both are read
            await keep(files.checkpoint, this.checkpoint);
            events.saved(done);
          } catch (error) {
            if (!(error instanceof QuotaError)) throw error;
            remark(`${error.message} The run goes on, and would not survive a reload: download its checkpoint when it is done.`);
          }
          begun = performance.now();
        },
        onEvaluate: async done => {
          events.previews(done, await previewsOf(segment, data.held));
          if (done >= recipe.iterations / 2) {
            const missing = (await neverFound(network, data.train, recipe)).filter(({ name }) => !told.has(name));
            for (const { name } of missing) told.add(name);
            if (missing.length) remark(describeNeverFound(missing, done));
          }
          begun = performance.now();
        },
      });
    } finally {
      segment.dispose();
      run.dispose();
    }
  }
}

/** Which classes the network does not see yet, and what helps. */
function describeNeverFound(missing: readonly NeverFound[], iterations: number): string {
  const names = missing.map(({ name }) => name);
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0];
  const [classes, are, their] = names.length > 1 ? ['classes', 'are', 'their'] : ['class', 'is', 'its'];
  return (
    `The ${classes} ${list} ${are} found in none of ${their} pictures that were looked at after ${iterations} iterations. ` +
    `Look whether ${their} tags are right; else add pictures, or train longer.`
  );
}

/** Longer side of the pictures that are shown while it trains. */
const previewedSide = 256;

const shown = ({ f1: _, contrastChance: __, positiveViews: ___, ...losses }: Losses) => losses as Record<string, number>;

async function previewsOf(
  { segment }: ReturnType<typeof segmenter>,
  held: Awaited<ReturnType<typeof trainingData>>['held'],
): Promise<Preview[]> {
  const previews: Preview[] = [];
  for (let i = 0; i < held.length; i++) {
    const picture = shrunk(await held.image(i), previewedSide);
    const { labels } = await segment(picture);
    previews.push({ name: held.id(i), width: picture.width, height: picture.height, image: picture.data, labels });
  }
  return previews;
}
