import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBackbone, VisionTransformer, visionTransformerParameters } from '@wsss/vit';
import { readWeights, type StateDict, serializeSafetensors, torchShape } from '@wsss/weights';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommand } from '../test/command.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string) => fileURLToPath(new URL(`../../../../fixtures/weights/${name}`, import.meta.url));
const weights = (...args: string[]) => runCommand(['weights', ...args]);
const inspect = async (file: string) => JSON.parse((await weights('inspect', file, '--json')).out);
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe('what training programs leave beside the tensors', () => {
  const extras: Record<string, unknown> = {
    ...{ counter: null, device: null, dtype: null, set: null, bytes: null, complex: null, none_key: null, bool_key: null, tuple_key: null },
    tensor_attribute: [0, 1, 2],
    parameter_attribute: [0, 1.5, 3],
    uint16: [0, 65536 / 3, 65535],
    big_int: [-3, (2 ** 40 - 3) / 2, 2 ** 40],
  };
  it.each(Object.entries(extras))('%s', async (name, extra) => {
    const { tensors, encoder } = await inspect(fixture(`${name}.pth`));
    expect(encoder).toMatchObject({ prefix: 'model.' });
    for (const { shape, minimum, mean, maximum, notFinite } of tensors)
      expect([Array.isArray(shape), minimum <= mean, mean <= maximum, notFinite]).toEqual([true, true, true, 0]);
    const { minimum, mean, maximum } = tensors.find((tensor: { name: string }) => !tensor.name.startsWith('model.')) ?? {};
    if (extra) expect([minimum, mean, maximum]).toEqual(extra);
  });

  it('prints integers exactly, and what is not read', async () => {
    expect((await weights('inspect', fixture('big_int.pth'))).out).toMatch(/\[2\] +i64 +-3 +\S+ +1099511627776$/m);
    const { out } = await weights('inspect', fixture('masked_args.pth'));
    expect(out).toMatch(/^args: argparse\.Namespace, not read$/m);
  });

  it('converts encoders beside an argparse.Namespace', async () => {
    const out = join(folder, 'e.safetensors');
    for (const [file, args, expected] of [
      ['distilled_full.pth', ['--prefix', 'teacher.backbone.'], -1.45927],
      ['masked_args.pth', [], -0.11687],
    ] as const) {
      expect((await weights('convert', fixture(file), out, '--encoder', ...args)).code).toBe(0);
      expect(sum((await readWeights(out)).tensors.get('blocks.0.attn.qkv.weight')!.data as Float32Array)).toBeCloseTo(expected, 5);
    }
  });
});

it("reads Google's names", async () => {
  const file = fixture('augreg.npz');
  expect((await inspect(file)).encoder).toMatchObject({
    ...{ naming: 'Google', embedSize: 24, heads: 3, depth: 2, patchSize: 8, imageSize: 32 },
    config: { backbone: { imageSize: 32, patchSize: 8, embedSize: 24, depth: 2, heads: 3, auxiliaryBlock: -1 } },
  });
  const out = join(folder, 'augreg.safetensors');
  expect((await weights('convert', file, out, '--encoder')).code).toBe(0);
  const { tensors } = await readWeights(out);
  const qkv = tensors.get('blocks.1.attn.qkv.weight')!;
  const filters = tensors.get('patch_embed.proj.weight')!;
  expect([qkv.shape, filters.shape]).toEqual([
    [72, 24],
    [24, 3, 8, 8],
  ]);
  const found = [sum(qkv.data as Float32Array), sum(qkv.data.subarray(0, 24)), sum(filters.data.subarray(0, 192))];
  for (const [i, expected] of [0.71114, 0.37539, -1.56443].entries()) expect(found[i]).toBeCloseTo(expected, 5);
});

describe('inspect says what train does', () => {
  const sizes = { imageSize: 32, patchSize: 16, embedSize: 32, depth: 2, heads: 2, auxiliaryBlock: -1 };
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      backbone: sizes,
      projector: { hiddenSize: 8, bottleneckSize: 4, outputSize: 4 },
      decoder: { hiddenSize: 4 },
      evaluation: { before: false },
      par: { iterations: 1, dilations: [1] },
      cam: { scales: [1] },
    }),
  );
  const tensor = (shape: number[], value = 0.01) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) });
  async function plain(): Promise<StateDict> {
    let seed = 1;
    const vit = new VisionTransformer(sizes, () => (seed = (seed * 16807) % 2147483647) / 2147483647);
    const state = await vit.parameters.toStateDict();
    vit.dispose();
    return state;
  }
  const layouts: [name: string, fits: boolean, change: (state: StateDict) => void, about?: RegExp][] = [
    ['plain', true, () => undefined],
    ['register tokens', true, state => state.set('reg_token', tensor([1, 4, 32])), /4 registers/],
    ['register tokens of DINOv2', true, state => state.set('register_tokens', tensor([1, 4, 32])), /4 registers/],
    [
      'registers with positions of their own',
      true,
      state => state.set('reg_token', tensor([1, 2, 32])).set('pos_embed', tensor([1, 7, 32])),
      /2 registers/,
    ],
    [
      'LayerScale',
      true,
      state => {
        for (const i of [0, 1]) for (const k of [1, 2]) state.set(`blocks.${i}.ls${k}.gamma`, tensor([32]));
      },
      /LayerScale/,
    ],
    [
      'LayerScale of DeiT III',
      true,
      state => {
        for (const i of [0, 1]) for (const k of [1, 2]) state.set(`blocks.${i}.gamma_${k}`, tensor([32]));
      },
      /LayerScale/,
    ],
    ['positions without the class token', true, state => state.set('pos_embed', tensor([1, 4, 32]))],
    [
      'no biases of query, key and value',
      true,
      state => {
        for (const i of [0, 1]) state.delete(`blocks.${i}.attn.qkv.bias`);
      },
    ],
    ['a bias in one block alone', false, state => state.delete('blocks.1.attn.qkv.bias'), /missing \(blocks\.1\.attn\.qkv\.bias\)/],
    [
      'fc_norm in place of norm',
      false,
      state => {
        for (const kind of ['weight', 'bias']) {
          state.set(`fc_norm.${kind}`, state.get(`norm.${kind}`)!);
          state.delete(`norm.${kind}`);
        }
      },
      /its last norm is made for the mean of all tokens, .*\(fc_norm\.weight in place of norm\.weight\)/,
    ],
    [
      'gated MLPs',
      false,
      state => state.set('blocks.0.mlp.w12.weight', tensor([64, 32])),
      /gated MLPs \(SwiGLU\).*\(blocks\.0\.mlp\.w12\.weight\)/,
    ],
    [
      'relative positions',
      false,
      state => state.set('blocks.0.attn.relative_position_bias_table', tensor([4, 2])),
      /relative positions, as BEiT has/,
    ],
    ['no positions', false, state => state.delete('pos_embed'), /it has no learned positions/],
    ['a grid that is no square', false, state => state.set('pos_embed', tensor([1, 7, 32])), /pos_embed has shape \[1,7,32\]/],
    [
      'LayerScale in one block alone',
      false,
      state => state.set('blocks.0.ls1.gamma', tensor([32])),
      /missing \(blocks\.0\.ls2\.gamma, blocks\.1\.ls1\.gamma/,
    ],
    ['a tensor that nothing has', false, state => state.set('blocks.0.extra', tensor([1])), /not part of the model \(blocks\.0\.extra\)/],
    ['integers', false, state => state.set('norm.bias', { shape: [32], data: new Int32Array(32) }), /norm\.bias holds integers/],
  ];

  it.each(layouts)('%s', async (name, fits, change, about = /./) => {
    const state = await plain();
    change(state);
    const file = join(folder, `${name.replaceAll(' ', '-')}.safetensors`);
    writeFileSync(file, serializeSafetensors(state));
    const { out } = await weights('inspect', file);
    expect(out.split('\n').at(-2)).toMatch(fits ? /^Vision transformer.*config file: \{/ : /^No encoder for MCC: /);
    expect(out).toMatch(about);
    const run = ['train', 'shapes', '--config', config, '--weights', file, '--crop', '32', '--batch', '1', '--iterations', '1'];
    const { code, err } = await runCommand([...run, '--engine', 'wasm', '--out', join(folder, `run-${name}`)]);
    expect([code, err]).toEqual([fits ? 0 : 1, expect.stringMatching(fits ? /1 iterations? in/ : about)]);
  });

  it('a backbone by its name', async () => {
    const file = fixture('tiny_register_tokens.pth');
    const { out } = await weights('inspect', file);
    const reason = '1 tensor not part of the model (reg_token)';
    expect(out).toContain(
      `It does not fit --backbone deit_tiny_patch16_224 or vit_tiny_patch16_224: ${file} does not fit the model: ${reason}`,
    );
    expect(out).toMatch(/Describe it in a config file: \{"backbone":\{.*"registers":4\}\}/);
    const run = [
      'train',
      'shapes',
      '--weights',
      file,
      '--backbone',
      'deit_tiny_patch16_224',
      '--crop',
      '32',
      '--batch',
      '1',
      '--iterations',
      '1',
    ];
    const { code, err } = await runCommand([...run, '--engine', 'wasm', '--out', join(folder, 'run')]);
    expect([code, err]).toEqual([1, expect.stringContaining(reason)]);
    const described = (await inspect(fixture('augreg.npz'))).encoder.config.backbone;
    const config = join(folder, 'augreg.json');
    writeFileSync(config, JSON.stringify({ backbone: { ...described, heads: 2 } }));
    const wrong = await runCommand([
      'train',
      'shapes',
      '--config',
      config,
      '--weights',
      fixture('augreg.npz'),
      '--out',
      join(folder, 'run'),
    ]);
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringMatching(/augreg\.npz does not fit the model: it has 3 attention heads, the backbone 2/),
    ]);
  });

  it('names the backbone that the weights fit', async () => {
    const sizes = findBackbone('deit3_small_patch16_224');
    const state: StateDict = new Map(
      visionTransformerParameters(sizes).map(spec => {
        const shape = torchShape(spec);
        return [spec.name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const;
      }),
    );
    const file = join(folder, 'deit3.safetensors');
    writeFileSync(file, serializeSafetensors(state, { float: 'F16' }));
    const { out } = await weights('inspect', file);
    expect(out).toContain('LayerScale. It fits --backbone deit3_small_patch16_224.');
    const run = [
      'train',
      'shapes',
      '--weights',
      file,
      '--backbone',
      'deit_small_patch16_224',
      '--crop',
      '32',
      '--out',
      join(folder, 'run'),
    ];
    const { code, err } = await runCommand(run);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/24 tensors not part of the model .* These fit --backbone deit3_small_patch16_224\./),
    ]);
  });

  it('several encoders, and one file of several', async () => {
    const state = await plain();
    const both: StateDict = new Map(
      [...state].flatMap(([name, tensor]) => ['model.', 'model_ema.'].map(start => [start + name, tensor] as const)),
    );
    const file = join(folder, 'ema.safetensors');
    writeFileSync(file, serializeSafetensors(both));
    const run = (...args: string[]) =>
      runCommand(['train', 'shapes', '--config', config, '--crop', '32', '--batch', '1', '--iterations', '1', '--engine', 'wasm', ...args]);
    const advice =
      `holds 2 vision transformers, "model." and "model_ema.": choose one with --prefix, or write it alone with ` +
      `mcc weights convert ${file} encoder.safetensors --encoder --prefix model_ema.`;
    expect((await weights('inspect', file)).out).toContain('holds 2 vision transformers; say which by its prefix: "model.", "model_ema."');
    const refused = await run('--weights', file, '--out', join(folder, 'ema'));
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining(advice)]);
    const { code, err } = await run('--weights', file, '--prefix', 'model_ema.', '--out', join(folder, 'ema'));
    expect([code, err]).toEqual([0, expect.stringMatching(/1 iterations? in/)]);

    const shard = join(folder, 'model-00001-of-00002.safetensors');
    writeFileSync(shard, serializeSafetensors(state));
    const { err: message } = await run('--weights', shard, '--out', join(folder, 'shard'));
    expect(message).toContain(
      `${shard} is one of 2 files that hold the weights together; give their index, ${join(folder, 'model.safetensors.index.json')}`,
    );
  });
});
