import { describe, expect, it } from 'vitest';
import { checkConfig } from './config.js';
import { backbones, findBackbone } from './models.js';
import { visionTransformerParameters } from './vision-transformer.js';

// What timm counts for each model, less its head of 1000 classes. DeiT tiny and small of 384 pixels have the sizes of ViT's.
const published: Record<string, number> = {
  deit_tiny_patch16_224: 5_717_416 - 193_000,
  deit_tiny_patch16_384: 5_790_376 - 193_000,
  deit_small_patch16_224: 22_050_664 - 385_000,
  deit_small_patch16_384: 22_196_584 - 385_000,
  deit_base_patch16_224: 86_567_656 - 769_000,
  deit_base_patch16_384: 86_859_496 - 769_000,
  vit_tiny_patch16_224: 5_717_416 - 193_000,
  vit_tiny_patch16_384: 5_790_376 - 193_000,
  vit_small_patch16_224: 22_050_664 - 385_000,
  vit_small_patch16_384: 22_196_584 - 385_000,
  vit_base_patch16_224: 86_567_656 - 769_000,
  vit_base_patch16_384: 86_859_496 - 769_000,
  vit_large_patch16_224: 304_326_632 - 1_025_000,
  vit_large_patch16_384: 304_715_752 - 1_025_000,
  vit_base_patch8_224: 86_576_872 - 769_000,
  // Where timm has no position for the class token, this encoder has one.
  deit3_small_patch16_224: 21_674_496 + 384,
  deit3_small_patch16_384: 21_820_416 + 384,
  deit3_medium_patch16_224: 38_336_512 + 512,
  deit3_base_patch16_224: 85_816_320 + 768,
  deit3_base_patch16_384: 86_108_160 + 768,
  deit3_large_patch16_224: 303_349_760 + 1024,
  deit3_large_patch16_384: 303_738_880 + 1024,
  vit_small_patch14_dinov2: 22_056_192,
  vit_base_patch14_dinov2: 86_579_712,
  vit_large_patch14_dinov2: 304_367_616,
  vit_small_patch14_reg4_dinov2: 22_057_344 + 384,
  vit_base_patch14_reg4_dinov2: 86_582_016 + 768,
  vit_large_patch14_reg4_dinov2: 304_370_688 + 1024,
};

it('knows the published models, under their names', () => {
  expect(Object.keys(backbones).sort()).toEqual(Object.keys(published).sort());
});

describe.each(Object.entries(backbones))('%s', (name, backbone) => {
  const specs = visionTransformerParameters(checkConfig(backbone));

  it('has sizes that fit together', () => {
    const { imageSize, patchSize, embedSize, heads, auxiliaryBlock, depth } = checkConfig(backbone);
    const [size, registers] = [name.endsWith('dinov2') ? 'dinov2' : imageSize, backbone.registers ? `reg${backbone.registers}_` : ''];
    expect(name).toBe(`${name.split('_patch')[0]}_patch${patchSize}_${registers}${size}`);
    expect(embedSize / heads).toBe(64);
    expect(depth + auxiliaryBlock).toBeGreaterThan(0);
    const isImageNet = /^deit|dinov2$/.test(name);
    expect(backbone.mean).toEqual(isImageNet ? [0.485, 0.456, 0.406] : [0.5, 0.5, 0.5]);
    expect(backbone.std).toEqual(isImageNet ? [0.229, 0.224, 0.225] : [0.5, 0.5, 0.5]);
  });

  it('has as many parameters as published', () => {
    const values = specs.reduce((sum, { shape }) => sum + shape.reduce((product, d) => product * d), 0);
    expect(values).toBe(published[name]);
  });

  it('gives every parameter a name of its own and trains all but the positional embedding', () => {
    expect(new Set(specs.map(spec => spec.name)).size).toBe(specs.length);
    expect(specs.length).toBe(4 + (backbone.registers ? 1 : 0) + (backbone.layerScale ? 14 : 12) * backbone.depth + 2);
    expect(specs.filter(spec => spec.trainable === false).map(spec => spec.name)).toEqual(['pos_embed']);
  });
});

it('finds a backbone by its name, and lists the names otherwise', () => {
  expect(findBackbone('deit_base_patch16_224').embedSize).toBe(768);
  expect(() => findBackbone('resnet50')).toThrow(
    /unknown backbone "resnet50"; known are deit_tiny_patch16_224, .*vit_large_patch14_reg4_dinov2/,
  );
  expect(() => findBackbone('toString')).toThrow(/unknown backbone "toString"/);
});
