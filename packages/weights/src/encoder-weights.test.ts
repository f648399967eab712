import { expect, it } from 'vitest';
import { encoderWeights } from './encoder-weights.js';
import type { StateDict } from './weights-content.js';

const state = (entries: Record<string, number[]>): StateDict =>
  new Map(Object.entries(entries).map(([name, data]) => [name, { shape: [data.length], data: Float32Array.from(data) }]));
const timm = { cls_token: [1], pos_embed: [2], 'patch_embed.proj.weight': [3], 'blocks.0.norm1.weight': [4], 'head.weight': [5] };
const prefixed = (prefix: string) => Object.fromEntries(Object.entries(timm).map(([name, data]) => [prefix + name, data]));

it.each([
  ['timm', '', {}],
  ['DeiT', 'model.', {}],
  ['MCC and ToCo on several GPUs', 'module.encoder.', { 'module.decoder.conv6.weight': [9], 'module.classifier.weight': [9] }],
  ['mcc train', 'encoder.', { 'optimizer.m.encoder.patch_embed.proj.weight': [9], 'decoder.conv6.weight': [9] }],
  ['DINO', 'teacher.backbone.', { 'teacher.head.mlp.0.weight': [9] }],
])('finds the encoder of %s', (_, prefix, others) => {
  const found = encoderWeights(state({ ...prefixed(prefix), ...others }));
  expect(found).toEqual({ tensors: state(timm), naming: 'timm', prefix, distilled: false });
});

it('leaves the distillation token out', () => {
  const positions = { shape: [1, 4, 2], data: Float32Array.of(1, 1, 2, 2, 3, 3, 4, 4) };
  const distilled = new Map([
    ...state({ ...timm, dist_token: [7], 'head_dist.weight': [8], 'head_dist.bias': [8] }),
    ['pos_embed', positions] as const,
  ]);
  const { tensors, distilled: was } = encoderWeights(distilled);
  expect(was).toBe(true);
  expect([...tensors.keys()].sort()).toEqual(Object.keys(timm).sort());
  expect(tensors.get('pos_embed')).toEqual({ shape: [1, 3, 2], data: Float32Array.of(1, 1, 3, 3, 4, 4) });
});

it.each(['', 'vit.', 'deit.'])('names the tensors of Hugging Face with the prefix %j', prefix => {
  const layer = `${prefix}encoder.layer.11.`;
  const matrix = (value: number) => ({ shape: [1, 2], data: Float32Array.of(value, value) });
  const file: StateDict = new Map([
    ...state({
      [`${prefix}embeddings.cls_token`]: [1],
      [`${prefix}embeddings.position_embeddings`]: [2],
      [`${prefix}embeddings.patch_embeddings.projection.weight`]: [3],
      [`${prefix}embeddings.patch_embeddings.projection.bias`]: [4],
      [`${layer}attention.attention.query.bias`]: [11],
      [`${layer}attention.attention.key.bias`]: [12],
      [`${layer}attention.attention.value.bias`]: [13],
      [`${layer}attention.output.dense.weight`]: [5],
      [`${layer}intermediate.dense.weight`]: [6],
      [`${layer}output.dense.bias`]: [7],
      [`${layer}layernorm_before.weight`]: [8],
      [`${layer}layernorm_after.bias`]: [9],
      [`${prefix}layernorm.weight`]: [10],
      [`${prefix}pooler.dense.weight`]: [0],
    }),
    ...['query', 'key', 'value'].map((part, i) => [`${layer}attention.attention.${part}.weight`, matrix(i)] as const),
  ]);
  const { tensors, naming } = encoderWeights(file);
  expect(naming).toBe('Hugging Face');
  expect(tensors).toEqual(
    new Map([
      ...state({
        cls_token: [1],
        pos_embed: [2],
        'patch_embed.proj.weight': [3],
        'patch_embed.proj.bias': [4],
        'blocks.11.attn.qkv.bias': [11, 12, 13],
        'blocks.11.attn.proj.weight': [5],
        'blocks.11.mlp.fc1.weight': [6],
        'blocks.11.mlp.fc2.bias': [7],
        'blocks.11.norm1.weight': [8],
        'blocks.11.norm2.bias': [9],
        'norm.weight': [10],
      }),
      ['blocks.11.attn.qkv.weight', { shape: [3, 2], data: Float32Array.of(0, 0, 1, 1, 2, 2) }],
    ]),
  );
  file.delete(`${layer}attention.attention.key.bias`);
  expect(() => encoderWeights(file, { source: 'hf.bin' })).toThrow(/hf\.bin: there is no key that belongs to .*query\.bias/);
});

it('refuses a file with no encoder or with several, unless told which', () => {
  const two = state({ ...prefixed('student.'), ...prefixed('teacher.') });
  expect(() => encoderWeights(state({ 'conv1.weight': [1] }), { source: 'r50.pth' })).toThrow(
    /r50\.pth holds no vision transformer.*It has conv1\.weight\./,
  );
  expect(() => encoderWeights(two, { source: 'd.pth' })).toThrow(
    'd.pth holds 2 vision transformers; say which by its prefix: "student.", "teacher."',
  );
  expect(encoderWeights(two, { prefix: 'teacher.' }).prefix).toBe('teacher.');
  expect(() => encoderWeights(two, { prefix: 'x.' })).toThrow(
    'no vision transformer with the prefix "x."; there is "student.", "teacher."',
  );
});
