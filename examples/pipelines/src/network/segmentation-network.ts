import * as tf from '@tensorflow/tfjs-core';
import { artifactTokens, classActivationLogits, leaveOutArtifacts, multiScaleCam } from '@wsss/cam';
import { MaskedCollaborativeContrast, type MccConfig, updateTeacher } from '@wsss/mcc';
import { detach, layerNorm, linear } from '@wsss/ops';
import { type Encoding, VisionTransformer, type VisionTransformerConfig } from '@wsss/vit';
import { type ParameterSpec, Parameters, type StateDict, type UniformSource } from '@wsss/weights';
import { LargeFov } from './large-fov.js';

/** What is done about artifact tokens: layer norm before the auxiliary classifier, leaving them out of its CAM, or a register for them. */
export type ArtifactRemedy = 'none' | 'layerNorm' | 'leaveOut' | 'register';

export interface SegmentationNetworkConfig {
  backbone: VisionTransformerConfig;
  /** Foreground classes, C. */
  classes: number;
  /**
   * `initialScale`: factor on the first values of the classifiers, which are uniform within ±1/√D. Default 1.
   * `classToken`: whether there is one of the class token, too. Default no.
   */
  classifiers?: { initialScale?: number; classToken?: boolean };
  decoder?: { hiddenSize?: number; dilation?: number };
  mcc?: Omit<MccConfig, 'inputSize'>;
  /** What is done about artifact tokens where the auxiliary classifier reads; see docs/method.md 6. Default `none`. */
  artifacts?: { remedy: ArtifactRemedy; ratio: number };
}

/** Image logits, float32 [B, C] each. */
export interface ImageLogits {
  /** Of the classifiers of the last and of an earlier block's patches: bias-free linear maps of the maximum over patches. */
  main: tf.Tensor2D;
  auxiliary: tf.Tensor2D;
  /** Of the class token, where it has a classifier: a linear map with bias, as ViT's own. No gradient flows to the class token. */
  classToken?: tf.Tensor2D;
  /** Those that name the classes of an image: the class token's, else the main ones. */
  naming: tf.Tensor2D;
}

/** The network of MCC: one encoder; classifiers on its last and on an earlier block; a decoder; the contrast of masked views. */
export class SegmentationNetwork {
  readonly encoder: VisionTransformer;
  readonly decoder: LargeFov;
  readonly mcc: MaskedCollaborativeContrast;
  readonly classes: number;
  private readonly heads: Parameters;
  private readonly tokenHead?: Parameters;
  /** What is done about artifact tokens; no parameter depends on it, so that it can be decided once there are weights. */
  artifacts: { remedy: ArtifactRemedy; ratio: number };

  /** @param random Seeded uniform numbers for the initial weights. */
  constructor(config: SegmentationNetworkConfig, random?: UniformSource) {
    const inputSize = config.backbone.embedSize;
    this.classes = config.classes;
    this.artifacts = config.artifacts ?? { remedy: 'none', ratio: 5 };
    this.encoder = new VisionTransformer(config.backbone, random);
    const { initialScale = 1, classToken = false } = config.classifiers ?? {};
    const head = (name: string, layout: ParameterSpec['layout']): ParameterSpec => ({
      name,
      shape: [inputSize, config.classes],
      layout,
      init: { kind: 'uniform', bound: initialScale / Math.sqrt(inputSize) },
    });
    this.heads = new Parameters([head('classifier.weight', 'pointwise'), head('aux_classifier.weight', 'pointwise')], random);
    this.decoder = new LargeFov({ inputSize, outputSize: config.classes + 1, ...config.decoder }, random);
    this.mcc = new MaskedCollaborativeContrast({ inputSize, ...config.mcc }, random);
    // Drawn last, so that all else starts as without it.
    if (classToken)
      this.tokenHead = new Parameters([head('weight', 'linear'), { name: 'bias', shape: [config.classes], layout: 'same' }], random);
  }

  /** Image logits of all classifiers. */
  classify({ cls, patches, auxiliary }: Encoding): ImageLogits {
    const ofPatches = (tokens: tf.Tensor3D, head: string) => linear(tf.max(tokens, 1), this.heads.get(head)) as tf.Tensor2D;
    const ofToken = (head: Parameters) => linear(detach(cls), head.get('weight'), head.get('bias')) as tf.Tensor2D;
    return tf.tidy(() => {
      const main = ofPatches(patches, 'classifier.weight');
      const classToken = this.tokenHead && ofToken(this.tokenHead);
      return {
        main,
        auxiliary: ofPatches(this.auxiliaryTokens(auxiliary), 'aux_classifier.weight'),
        ...(classToken && { classToken }),
        naming: classToken ?? main,
      };
    });
  }

  /** Class activation logits of the main and the auxiliary head. float32 [B, h, w, C] each, no gradient. */
  camLogits({ patches, auxiliary, grid }: Encoding): [main: tf.Tensor4D, auxiliary: tf.Tensor4D] {
    const { remedy, ratio } = this.artifacts;
    const main = classActivationLogits(patches, this.heads.get('classifier.weight'), grid);
    const ofAuxiliary = classActivationLogits(this.auxiliaryTokens(auxiliary), this.heads.get('aux_classifier.weight'), grid);
    return [main, remedy === 'leaveOut' ? leaveOutArtifacts(ofAuxiliary, artifactTokens(auxiliary, ratio)) : ofAuxiliary];
  }

  /** The tokens that the auxiliary classifier reads. float32 [B, N, D] */
  private auxiliaryTokens(auxiliary: tf.Tensor3D): tf.Tensor3D {
    const size = auxiliary.shape[2];
    return this.artifacts.remedy === 'layerNorm' ? layerNorm(auxiliary, tf.ones([size]), tf.zeros([size])) : auxiliary;
  }

  /**
   * Multi-scale class activation maps of the main and the auxiliary head. float32 [B, H, W, C] in [0, 1] each, no gradient.
   *
   * @param encoding That of the images as they are, which is not computed again.
   */
  multiScaleCams(images: tf.Tensor4D, encoding: Encoding, scales: readonly number[]): [main: tf.Tensor4D, auxiliary: tf.Tensor4D] {
    const heads = (scaled: tf.Tensor4D) => tf.tidy(() => this.camLogits(this.encoder.encode(scaled)));
    return multiScaleCam(heads, images, { scales, unmirrored: this.camLogits(encoding) }) as [tf.Tensor4D, tf.Tensor4D];
  }

  /** Patch tokens as a map. float32 [B, h, w, D] */
  tokenMap({ patches, grid }: Encoding): tf.Tensor4D {
    return tf.reshape(patches, [patches.shape[0], grid[0], grid[1], patches.shape[2]]);
  }

  /** Segmentation logits on the patch grid. float32 [B, h, w, C + 1] */
  segment(encoding: Encoding): tf.Tensor4D {
    return tf.tidy(() => this.decoder.decode(this.tokenMap(encoding)));
  }

  /** Parameter sets by their prefix in the state dict, in the reference program's order. */
  private sets(): [prefix: string, parameters: Parameters][] {
    return [
      ['encoder.', this.encoder.parameters],
      ['proj_head.', this.mcc.student.parameters],
      ['proj_head_t.', this.mcc.teacher.parameters],
      ['decoder.', this.decoder.parameters],
      ...(this.tokenHead ? ([['token_classifier.', this.tokenHead]] as [string, Parameters][]) : []),
      ['', this.heads],
    ];
  }

  /** The variable of a state-dict name such as `decoder.conv6.weight`. */
  variable(name: string): tf.Variable {
    const [prefix, parameters] = this.sets().find(([start]) => name.startsWith(start))!;
    return parameters.get(name.slice(prefix.length));
  }

  /** How a parameter of that state-dict name is laid out. */
  spec(name: string): ParameterSpec {
    const [prefix, parameters] = this.sets().find(([start]) => name.startsWith(start))!;
    return parameters.specs.find(spec => prefix + spec.name === name)!;
  }

  /** Names of all trainable parameters and their variables; the teacher's are not among them. */
  trainable(): Map<string, tf.Variable> {
    return new Map(
      this.sets()
        .filter(([prefix]) => prefix !== 'proj_head_t.')
        .flatMap(([prefix, parameters]) => [...parameters.trainable()].map(([name, variable]) => [prefix + name, variable] as const)),
    );
  }

  /** Moves what a segmentation is made by towards another network, which is as this one: θ ← m·θ + (1 − m)·θ'. */
  follow(other: SegmentationNetwork, momentum: number): void {
    updateTeacher(this.encoder.parameters, other.encoder.parameters, momentum);
    updateTeacher(this.decoder.parameters, other.decoder.parameters, momentum);
  }

  /** @throws Error naming missing, extra or wrongly shaped tensors. The encoder's unused classification head is left out. */
  load(state: StateDict, source?: string): void {
    const sets = this.sets();
    for (const [prefix, parameters] of sets) {
      const part: StateDict = new Map();
      for (const [name, tensor] of state)
        if (sets.find(([start]) => name.startsWith(start))![0] === prefix) part.set(name.slice(prefix.length), tensor);
      parameters.load(part, { source, ignore: prefix === 'encoder.' ? ['head.'] : [] });
    }
  }

  async toStateDict(): Promise<StateDict> {
    const state: StateDict = new Map();
    for (const [prefix, parameters] of this.sets())
      for (const [name, tensor] of await parameters.toStateDict()) state.set(prefix + name, tensor);
    return state;
  }

  dispose(): void {
    for (const [, parameters] of this.sets()) parameters.dispose();
  }
}
