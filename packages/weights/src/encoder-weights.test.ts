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

const tensor = (shape: number[], first = 0) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => first + i),
});

it("turns Google's arrays into timm's", () => {
  const block = 'opt/target/Transformer/encoderblock_1/';
  const file: StateDict = new Map([
    ['opt/target/cls', tensor([1, 1, 4])],
    ['opt/target/embedding/kernel', tensor([2, 2, 3, 4])],
    ['opt/target/embedding/bias', tensor([4])],
    ['opt/target/Transformer/posembed_input/pos_embedding', tensor([1, 5, 4])],
    ...['query', 'key', 'value'].flatMap((part, i) => [
      [`${block}MultiHeadDotProductAttention_1/${part}/kernel`, tensor([4, 2, 2], 100 * i)] as const,
      [`${block}MultiHeadDotProductAttention_1/${part}/bias`, tensor([2, 2], 100 * i)] as const,
    ]),
    [`${block}MultiHeadDotProductAttention_1/out/kernel`, tensor([2, 2, 4])],
    [`${block}MlpBlock_3/Dense_0/kernel`, tensor([4, 3])],
    [`${block}LayerNorm_2/scale`, tensor([4])],
    ['opt/target/head/kernel', tensor([4, 9])],
    ['opt/target/pre_logits/bias', tensor([4])],
  ]);
  const { tensors, naming, prefix, heads } = encoderWeights(file);
  expect([naming, prefix, heads]).toEqual(['Google', 'opt/target/', 2]);
  expect([...tensors.keys()].sort()).toEqual([
    ...[
      'blocks.1.attn.proj.weight',
      'blocks.1.attn.qkv.bias',
      'blocks.1.attn.qkv.weight',
      'blocks.1.mlp.fc1.weight',
      'blocks.1.norm2.weight',
    ],
    ...['cls_token', 'patch_embed.proj.bias', 'patch_embed.proj.weight', 'pos_embed'],
  ]);
  // Filter 1 of channel 2 at row 1, column 0 is element [1, 0, 2, 1] there: ((1·2 + 0)·3 + 2)·4 + 1.
  expect(tensors.get('patch_embed.proj.weight')!.data[((1 * 3 + 2) * 2 + 1) * 2]).toBe(33);
  // Query of head 1, second number, from channel 3 is element [3, 1, 1] of its kernel: 15; of key 115.
  expect([3 * 4 + 3, 7 * 4 + 3].map(i => tensors.get('blocks.1.attn.qkv.weight')!.data[i])).toEqual([15, 115]);
  expect([...tensors.get('blocks.1.attn.qkv.bias')!.data].slice(3, 6)).toEqual([3, 100, 101]);
  expect([...tensors.get('blocks.1.attn.proj.weight')!.data].slice(0, 5)).toEqual([0, 4, 8, 12, 1]);
  expect(tensors.get('blocks.1.mlp.fc1.weight')!.shape).toEqual([3, 4]);
  file.delete(`${block}MultiHeadDotProductAttention_1/key/bias`);
  expect(() => encoderWeights(file, { source: 'g.npz' })).toThrow(/g\.npz: there is no key that belongs to .*query\/bias/);
});

it('names the tensors of newer versions of Hugging Face, LayerScale and registers', () => {
  const file = state({
    'dinov2.embeddings.patch_embeddings.projection.weight': [1],
    'dinov2.embeddings.register_tokens': [2],
    'dinov2.embeddings.mask_token': [3],
    'dinov2.layers.4.attention.q_proj.weight': [4],
    'dinov2.layers.4.attention.k_proj.weight': [5],
    'dinov2.layers.4.attention.v_proj.weight': [6],
    'dinov2.layers.4.attention.o_proj.bias': [7],
    'dinov2.layers.4.layer_scale2.lambda1': [8],
    'dinov2.layers.4.layernorm_before.bias': [9],
    'dinov2.layers.4.mlp.fc2.weight': [10],
  });
  expect(encoderWeights(file).tensors).toEqual(
    state({
      'patch_embed.proj.weight': [1],
      reg_token: [2],
      'blocks.4.attn.qkv.weight': [4, 5, 6],
      'blocks.4.attn.qkv.bias': [0, 0, 0],
      'blocks.4.attn.proj.bias': [7],
      'blocks.4.ls2.gamma': [8],
      'blocks.4.norm1.bias': [9],
      'blocks.4.mlp.fc2.weight': [10],
    }),
  );
});

it('brings other layouts into the plain one', () => {
  const found = encoderWeights(
    new Map([
      ...state({ 'patch_embed.proj.weight': [1], mask_token: [0], 'decoder_blocks.0.norm1.weight': [0], 'blocks.1.7.gamma_2': [5] }),
      ['pos_embed', tensor([1, 4, 2], 1)],
    ]),
  ).tensors;
  expect([...found.keys()].sort()).toEqual(['blocks.7.ls2.gamma', 'patch_embed.proj.weight', 'pos_embed']);
  expect([...found.get('pos_embed')!.data]).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
  // Positions of class token, two registers and four patches.
  const registers = encoderWeights(
    new Map([...state({ 'patch_embed.proj.weight': [1] }), ['reg_token', tensor([1, 2, 1], 100)], ['pos_embed', tensor([1, 7, 1])]]),
  ).tensors;
  expect([...registers.get('reg_token')!.data]).toEqual([101, 103]);
  expect([...registers.get('pos_embed')!.data]).toEqual([0, 3, 4, 5, 6]);
});

it.each([
  ['blocks.0.mlp.w12.weight', /gated MLPs \(SwiGLU\), as the giant DINOv2 and EVA have \(blocks\.0\.mlp\.w12\.weight\)/],
  ['blocks.0.attn.relative_position_bias_table', /relative positions/],
  ['blocks.0.attn.q_norm.weight', /norms of queries and keys/],
  ['norm_pre.weight', /a norm before its blocks/],
  ['rope.freqs', /rotary positions/],
  ['blocks.0.norm1.weight', /it has no learned positions/],
])('refuses another kind of transformer by what shows it: %s', (name, message) => {
  const file = state({ 'patch_embed.proj.weight': [1], [name]: [1] });
  expect(() => encoderWeights(file, { source: 'w.pth' })).toThrow(
    /^w\.pth holds a vision transformer of another kind than the plain one: /,
  );
  expect(() => encoderWeights(file)).toThrow(message);
});

it('says which part of the encoder is not read, and passes over what is none', () => {
  const file = state({ 'model.patch_embed.proj.weight': [1] });
  const options = { source: 'w.safetensors', opaque: new Map([['model.blocks.3.mlp.fc1.weight', 'F4 of shape [8, 2]']]) };
  expect(() => encoderWeights(file, options)).toThrow(
    'w.safetensors: model.blocks.3.mlp.fc1.weight is F4 of shape [8, 2], which is not read',
  );
  expect(encoderWeights(file, { opaque: new Map([['args', 'argparse.Namespace']]) }).prefix).toBe('model.');
});
