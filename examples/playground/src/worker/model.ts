import type { Picture } from '@wsss/datasets/shapes';
import { backboneOf, classActivations, explainImage, segmenter, type TrainingContent, wholeProtocol } from '@wsss/pipelines/browser';
import type { ModelState, Seen, SeenMechanism } from './messages.js';

const cannotTrace = { canTrace: false };

/** A trained network, and what is asked of it. */
export class Model {
  private readonly segment: ReturnType<typeof segmenter>;
  private readonly cams: ReturnType<typeof classActivations>;

  constructor(
    readonly content: TrainingContent,
    readonly name: string,
  ) {
    const { network, recipe } = content;
    const normalization = backboneOf(recipe);
    this.segment = segmenter(network, {
      protocol: wholeProtocol(recipe.crop),
      normalization,
      engine: cannotTrace,
      probabilities: true,
      confidence: true,
    });
    const square = { size: recipe.evaluation.size ?? recipe.crop, scales: recipe.cam.scales, normalization };
    this.cams = classActivations(network, square, cannotTrace);
  }

  get state(): ModelState {
    const { classes, info, recipe, network } = this.content;
    const { patchSize } = network.encoder.config;
    return { name: this.name, classes, dataset: info.dataset, iteration: info.iteration, crop: recipe.crop, patchSize };
  }

  async look(picture: Picture): Promise<Seen> {
    const { labels, probabilities, confidence } = await this.segment.segment(picture);
    const present = new Set(labels);
    const found = (logits: Float32Array) => this.content.classes.map((_, c) => c).filter(c => logits[c]! > 0 || present.has(c + 1));
    const activations = await this.cams.activations(picture, found);
    return { labels, probabilities: probabilities!, confidence: confidence!, activations };
  }

  /** Labels alone. */
  async labelsOf(picture: Picture): Promise<Int32Array> {
    return (await this.segment.segment(picture)).labels;
  }

  explain(picture: Picture, name: string, seed: number): Promise<SeenMechanism> {
    return explainImage(this.content, undefined, { picture, name, seed });
  }

  dispose(): void {
    this.segment.dispose();
    this.cams.dispose();
    this.content.network.dispose();
  }
}
