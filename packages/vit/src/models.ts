import type { VisionTransformerConfig } from './config.js';

/** A known backbone: its sizes and the normalization that weights of its family were trained with. */
export interface Backbone extends VisionTransformerConfig {
  /** Subtracted from each RGB channel scaled to [0, 1]. */
  mean: readonly [number, number, number];
  /** Divides each RGB channel after that. */
  std: readonly [number, number, number];
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const HALF = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

const TINY = { embedSize: 192, depth: 12, heads: 3 };
const SMALL = { embedSize: 384, depth: 12, heads: 6 };
const BASE = { embedSize: 768, depth: 12, heads: 12 };
const LARGE = { embedSize: 1024, depth: 24, heads: 16 };

const MEDIUM = { embedSize: 512, depth: 12, heads: 8 };

const at = (imageSize: number) => ({ imageSize, patchSize: 16 });

/** DeiT III (Touvron et al. 2022). */
const SCALED = { layerScale: true, ...IMAGENET };
/** DINOv2 (Oquab et al. 2024), and with registers (Darcet et al. 2024). */
const DINOV2 = { imageSize: 518, patchSize: 14, layerScale: true, positionResizing: 'offset', ...IMAGENET } as const;
const DINOV2_REGISTERS = { ...DINOV2, registers: 4, positionResizing: 'antialiased' } as const;

/**
 * Backbones by their timm names; DeiT tiny and small of 384 pixels, which timm lacks, are named like the others. Those of AugReg are
 * `vit_…`.
 */
export const backbones: Readonly<Record<string, Backbone>> = {
  deit_tiny_patch16_224: { ...TINY, ...at(224), ...IMAGENET },
  deit_tiny_patch16_384: { ...TINY, ...at(384), ...IMAGENET },
  deit_small_patch16_224: { ...SMALL, ...at(224), ...IMAGENET },
  deit_small_patch16_384: { ...SMALL, ...at(384), ...IMAGENET },
  deit_base_patch16_224: { ...BASE, ...at(224), ...IMAGENET },
  deit_base_patch16_384: { ...BASE, ...at(384), ...IMAGENET },
  vit_tiny_patch16_224: { ...TINY, ...at(224), ...HALF },
  vit_tiny_patch16_384: { ...TINY, ...at(384), ...HALF },
  vit_small_patch16_224: { ...SMALL, ...at(224), ...HALF },
  vit_small_patch16_384: { ...SMALL, ...at(384), ...HALF },
  vit_base_patch16_224: { ...BASE, ...at(224), ...HALF },
  vit_base_patch16_384: { ...BASE, ...at(384), ...HALF },
  vit_large_patch16_224: { ...LARGE, ...at(224), ...HALF },
  vit_large_patch16_384: { ...LARGE, ...at(384), ...HALF },
  vit_base_patch8_224: { ...BASE, imageSize: 224, patchSize: 8, ...HALF },
  deit3_small_patch16_224: { ...SMALL, ...at(224), ...SCALED },
  deit3_small_patch16_384: { ...SMALL, ...at(384), ...SCALED },
  deit3_medium_patch16_224: { ...MEDIUM, ...at(224), ...SCALED },
  deit3_base_patch16_224: { ...BASE, ...at(224), ...SCALED },
  deit3_base_patch16_384: { ...BASE, ...at(384), ...SCALED },
  deit3_large_patch16_224: { ...LARGE, ...at(224), ...SCALED },
  deit3_large_patch16_384: { ...LARGE, ...at(384), ...SCALED },
  vit_small_patch14_dinov2: { ...SMALL, ...DINOV2 },
  vit_base_patch14_dinov2: { ...BASE, ...DINOV2 },
  vit_large_patch14_dinov2: { ...LARGE, ...DINOV2 },
  vit_small_patch14_reg4_dinov2: { ...SMALL, ...DINOV2_REGISTERS },
  vit_base_patch14_reg4_dinov2: { ...BASE, ...DINOV2_REGISTERS },
  vit_large_patch14_reg4_dinov2: { ...LARGE, ...DINOV2_REGISTERS },
};

/** The backbone of that name. @throws Error listing the known names. */
export function findBackbone(name: string): Backbone {
  const backbone = Object.hasOwn(backbones, name) ? backbones[name] : undefined;
  if (!backbone) throw new Error(`unknown backbone ${JSON.stringify(name)}; known are ${Object.keys(backbones).join(', ')}`);
  return backbone;
}
