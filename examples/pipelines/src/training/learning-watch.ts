import type { Schedule } from '../recipes/schedule.js';
import type { Advised } from '../run/advice.js';
import type { Guess } from './guess.js';
import type { Losses } from './losses.js';

/** Iterations that the bar's F1 is a mean over. */
const recent = 20;
/** Log records in a row above chance that are worth a remark. */
const patience = 3;
/** Share of the guessed loss from which on nothing is learned. Where most images show the same class, F1 alone does not tell. */
const lossOfNothing = 0.9;

/** Follows what a run learns, and says in words when it learns nothing. */
export class LearningWatch {
  private readonly f1s: number[] = [];
  private said = { labels: false, contrast: false };
  private above = 0;

  /**
   * @param guess what is reached without looking at the images
   * @param logged iterations done when the last log record was made.
   */
  constructor(
    readonly guess: Guess,
    private readonly schedule: Pick<Schedule, 'warmupIterations' | 'classificationUntil'>,
    private logged: number,
  ) {}

  /** Takes note of an iteration. @returns what the bar shows beside the loss. */
  note({ f1 }: Losses): { f1: number; guessed: number } {
    this.f1s.push(f1);
    if (this.f1s.length > recent) this.f1s.shift();
    return { f1: this.f1s.reduce((sum, value) => sum + value, 0) / this.f1s.length, guessed: this.guess.f1 };
  }

  /**
   * What people should know after a log record.
   *
   * @param means of the losses over the iterations since the record before.
   */
  remarks(done: number, means: Partial<Losses>): Advised[] {
    const from = this.logged;
    this.logged = done;
    const { warmupIterations, classificationUntil } = this.schedule;
    const remarks: Advised[] = [];
    if (!this.said.labels && from >= Math.max(warmupIterations, classificationUntil + 1)) {
      this.said.labels = true;
      const { f1, loss } = this.guess;
      if (means.f1! <= f1 && means.classification! >= lossOfNothing * loss)
        remarks.push({
          problem:
            `Nothing has been learned of the classes after ${done} iterations: the labels in training have F1 ${percent(means.f1!)}, ` +
            `guessing gives ${percent(f1)}; their loss is ${means.classification!.toFixed(2)}, that of guessing ${loss.toFixed(2)}`,
          advice: {
            command:
              '. Look whether the labels are right and the weights are those of the backbone; ' +
              'else try --preset small, or higher learning rates (optimizer.learningRate, optimizer.headLearningRate)',
            page: '. Look whether the tags are right; else start from a pretrained encoder, or train longer',
          },
        });
    }
    const { contrast, contrastChance: chance } = means;
    if (contrast !== undefined && chance !== undefined && from >= warmupIterations) {
      this.above = contrast > chance ? this.above + 1 : 0;
      if (this.above === patience && !this.said.contrast) {
        this.said.contrast = true;
        remarks.push({
          problem:
            `The contrast stays above chance: ${contrast.toFixed(2)}, where outputs that say nothing give ${chance.toFixed(2)}. ` +
            'It pulls the encoder without teaching it',
          advice: {
            command:
              ': try a smaller optimizer.projectorLearningRate or weights.contrast, ' +
              'or let the classes be learned first (schedule.classificationUntil)',
            page: ': train longer, so that the classes are learned first, or on more pictures',
          },
        });
      }
    }
    return remarks;
  }
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
