// Type tests of what MCC asks for: compiled by `pnpm typecheck`, never run.
import type * as tf from '@tensorflow/tfjs-core';
import type { VisionTransformer } from '@wsss/vit';
import type { AttentionMaskEncoder, MaskableEncoder, MaskedCollaborativeContrast, MccStep, MccStepInputs, MccViews } from './index.js';

declare const vit: VisionTransformer;
declare const mcc: MaskedCollaborativeContrast;
declare const images: tf.Tensor4D;
declare const tokens: tf.Tensor2D;
declare const rest: Pick<MccStepInputs, 'cam' | 'labels' | 'rng'>;

// The vision transformer of @wsss/vit does, both ways, although this package does not know it.
vit satisfies MaskableEncoder;
vit satisfies AttentionMaskEncoder;

// So does anything that returns more than it is asked for, or needs no images' names.
({
  encode: (_: tf.Tensor4D, _options?: { visible?: { patches: tf.Tensor2D; padding: tf.Tensor2D } }) => ({ cls: tokens, more: 1 }),
}) satisfies MaskableEncoder;

// Or whose summary is any tensor to TypeScript: `step` looks at its shape.
declare const tensor: tf.Tensor;
({ encode: () => ({ cls: tensor }) }) satisfies MaskableEncoder;

// @ts-expect-error: a summary is a tensor, not its values
({ encode: () => ({ cls: [[1, 2]] }) }) satisfies MaskableEncoder;
// @ts-expect-error: it has to be called cls
({ encode: () => ({ summary: tokens }) }) satisfies MaskableEncoder;
// @ts-expect-error: it must not ask for more than MCC can give
({ encode: (_: tf.Tensor4D, _options: { classes: number }) => ({ cls: tokens }) }) satisfies MaskableEncoder;

({ global: [images, images], local: images }) satisfies MccViews;
({ globalTokens: tokens, local: images }) satisfies MccViews;
// Tensors of any rank to TypeScript: `step` looks at their shapes.
({ global: [tensor, tensor], local: tensor }) satisfies MccViews;
mcc.step({ encoder: vit, views: { globalTokens: tensor, local: tensor }, cam: tensor, labels: tensor, rng: rest.rng }) satisfies MccStep;
// @ts-expect-error: two global views
({ global: [images], local: images }) satisfies MccViews;
// @ts-expect-error: a local view
({ global: [images, images] }) satisfies MccViews;

mcc.step({ encoder: vit, views: { global: [images, images], local: images }, ...rest }) satisfies MccStep;
// @ts-expect-error: masks are drawn from seeded numbers
mcc.step({ encoder: vit, views: { global: [images, images], local: images }, cam: rest.cam, labels: rest.labels });
