import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLock } from '@wsss/files';
import { loadCheckpoint, readManifest } from '@wsss/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAttackedFiles } from '../test/attacked-files.js';
import { runCommand, smallRecipe } from '../test/command.js';

// Attacks and faults, as a table: what is tried, the command, and the one sentence that must answer. After each, all files that were there
// are as they were. Those by names are in hostile-names.test.ts, those by processes in tools/scripts/two-processes.mjs.
const root = mkdtempSync(join(tmpdir(), 'wsss-attacks-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (...path: string[]) => join(root, ...path);
const checkpoint = at('checkpoint.safetensors');
beforeAll(() => writeAttackedFiles(root), 120_000);

const voc = (command: string, file: string, out: string, ...more: string[]) => [
  command,
  'voc',
  '--data',
  at('voc'),
  '--split',
  'val',
  '--checkpoint',
  file.includes('/') ? file : at(file),
  '--out',
  at(out),
  '--size',
  '32',
  ...more,
];
const export_ = (file: string, out: string, ...more: string[]) => ['export', '--checkpoint', at(file), '--out', at(out), ...more];
const train = (out: string, ...more: string[]) => ['train', 'shapes', '--config', at('config.json'), '--out', at(out), ...more];

/** What is tried, by its kind; the words; and what has to be said. */
const attacks: Record<string, [what: string, args: () => string[], said: RegExp][]> = {
  'outputs that are inputs': [
    [
      'export over its checkpoint',
      () => export_('checkpoint.safetensors', 'checkpoint.safetensors', '--force'),
      /checkpoint\.safetensors is what is read/,
    ],
    [
      'export over a file of the run',
      () => export_('run', 'run/checkpoints/iteration-00000002.safetensors', '--force'),
      /belongs to .*run, which is read/,
    ],
    [
      'export over what others wrote',
      () => export_('checkpoint.safetensors', 'theirs/net.onnx'),
      /net\.onnx is there, and this command did not write it.*--force/,
    ],
    [
      'a report over a checkpoint',
      () => ['report', at('run'), '--out', at('run/checkpoint.safetensors')],
      /belongs to .*run, which is read/,
    ],
    ['a report over what others wrote', () => ['report', at('run'), '--out', at('theirs/page.html')], /page\.html is there, .*--force/],
    ['a report into a folder', () => ['report', at('run'), '--out', at('theirs')], /theirs could not be written: it is a folder/],
    [
      'predict into its pictures',
      () => ['predict', at('theirs/labels'), '--checkpoint', checkpoint, '--out', at('theirs'), '--force'],
      /would go into .*labels, which is read/,
    ],
    ['pseudo labels over labels of others', () => voc('pseudo', checkpoint, 'theirs'), /labels is there, .*--force/],
    ['training over what others wrote', () => train('theirs'), /recipe\.json is there, .*--force/],
    [
      'data pack over what others began',
      () => ['data', 'pack', 'voc', at('voc'), '--split', 'val', '--out', at('packed')],
      /val\.unfinished is there and was not made by this program/,
    ],
    ['weights over themselves', () => ['weights', 'convert', checkpoint, checkpoint, '--force'], /is what is read/],
    [
      'a data check over what others wrote',
      () => ['data', 'check', 'voc', at('voc'), '--splits', 'val', '--html', at('theirs/page.html')],
      /page\.html is there, .*--force/,
    ],
    [
      'a CRF over its picture',
      () => ['crf', '--image', at('theirs/page.html'), '--probabilities', at('x.npy'), '--out', at('theirs/page.html'), '--force'],
      /is what is read/,
    ],
  ],
  'names and links': [
    ['a link out of the folder', () => voc('pseudo', checkpoint, 'linked', '--force'), /labels is a symbolic link that leads out/],
    ['a split with ../', () => ['data', 'pack', 'voc', at('voc'), '--split', '../../x', '--out', at('new')], /not found|has no|no split/],
  ],
  'checks before the work': [
    ['a mean over no class', () => train('new', '--mean-over', 'nope'), /nope/],
    ['a depth of 10⁹', () => voc('eval', 'depth.safetensors', 'new'), /backbone\.depth is 1000000000, expected at most 256/],
    [
      'a network larger than its file',
      () => voc('eval', 'large.safetensors', 'new'),
      /large\.safetensors is damaged: its recipe describes a network of at least \d+ values/,
    ],
    [
      'a network larger than memory',
      () => train('new', '--config', largeConfig()),
      /a network of at least \d+ million values needs .* GiB to be trained/,
    ],
    [
      'a CAM of scale 10⁹',
      () => train('new', '--config', configWith({ cam: { scales: [1e9] } })),
      /cam\.scales\.0 is 1000000000, expected at most 64/,
    ],
    [
      'PAR at distances of 10⁹',
      () => train('new', '--config', configWith({ par: { dilations: [1e9], iterations: 2 } })),
      /par\.dilations\.0 is 1000000000, expected at most 16384/,
    ],
    [
      'PAR of 10⁹ rounds',
      () => train('new', '--config', configWith({ par: { dilations: [1], iterations: 1e9 } })),
      /par\.iterations is 1000000000, expected at most 1000/,
    ],
    [
      'a scale between 1 and 10⁹',
      () => train('new', '--config', configWith({ augmentation: { scale: [1, 1e9] } })),
      /augmentation\.scale\.1 is 1000000000, expected at most/,
    ],
    ['a thousand threads', () => train('new', '--threads', '1000'), /expected a whole number from 1 to \d+, got "1000"/],
    ['a scale of a million', () => voc('eval', checkpoint, 'new', '--final', '--scales', '1000000'), /positive numbers up to 64/],
    [
      'a square of a million pixels',
      () => voc('cam', checkpoint, 'new').map(word => (word === '32' ? '1000000' : word)),
      /from 1 to 16384/,
    ],
    [
      'a billion head classes',
      () => export_('checkpoint.safetensors', 'new.safetensors', '--head-classes', '1000000000'),
      /from 0 to 100000/,
    ],
    ['low above high', () => voc('pseudo', checkpoint, 'new', '--low', '0.6', '--high', '0.5'), /--low 0\.6 is above --high 0\.5/],
  ],
  "a checkpoint's truth": [
    ...['eval', 'cam', 'pseudo'].map(
      command =>
        [`${command} with NaN`, () => voc(command, 'nan.safetensors', 'new'), /decoder\.conv8\.weight holds a NaN or an infinity/] as [
          string,
          () => string[],
          RegExp,
        ],
    ),
    [
      'predict with an infinity',
      () => ['predict', at('voc/JPEGImages'), '--checkpoint', at('infinite.safetensors'), '--out', at('new')],
      /decoder\.conv8\.weight holds a NaN or an infinity/,
    ],
    ...(['eval', 'cam', 'pseudo'] as const).map(
      command =>
        [
          `${command} of what overflows`,
          () => voc(command, 'overflow.safetensors', 'over', '--force'),
          /the network gives -?(NaN|Infinity) for a picture/,
        ] as [string, () => string[], RegExp],
    ),
    [
      'predict of what overflows',
      () => ['predict', at('voc/JPEGImages'), '--checkpoint', at('overflow.safetensors'), '--out', at('over'), '--force'],
      /the network gives -?(NaN|Infinity) for a picture/,
    ],
    ['export with NaN', () => export_('nan.safetensors', 'new.onnx'), /decoder\.conv8\.weight holds a NaN/],
    [
      'a value changed, without a manifest',
      () => voc('eval', 'changed.safetensors', 'new'),
      /changed\.safetensors is damaged: its content is not what its digest says/,
    ],
  ],
  'raw errors': [
    ['a config nested a million deep', () => train('new', '--config', at('deep.json')), /deep\.json is nested more than 200 deep/],
    ['an empty config', () => train('new', '--config', at('empty.json')), /empty\.json is empty/],
    ['a config that ends early', () => train('new', '--config', at('cut.json')), /cut\.json is not JSON: it ends too early/],
    ['a folder for a config', () => train('new', '--config', root), /it is a folder, and a file is expected/],
    [
      'a checkpoint that says nothing',
      () => voc('eval', 'nothing.safetensors', 'new'),
      /nothing\.safetensors is damaged: what it says about itself has no right dataset/,
    ],
    ['a checkpoint of no dataset', () => export_('dataset.safetensors', 'new.onnx'), /has no right dataset/],
    ['a checkpoint without classes', () => export_('classes.safetensors', 'new.onnx'), /has no right classes/],
    ['a checkpoint nested a million deep', () => export_('nested.safetensors', 'new.onnx'), /nested more than 200 deep/],
    ['a run without right evaluation', () => ['report', at('bad-evaluation')], /evaluation\.json is damaged/],
    [
      'a run with half an evaluation',
      () => ['report', at('cut-evaluation')],
      /evaluation\.json is damaged: it is not JSON: it ends too early/,
    ],
    ['a run with a log of other things', () => ['report', at('bad-log')], /log\.jsonl line 1 is damaged/],
    ['a run without right recipe', () => ['report', at('bad-recipe')], /recipe\.json/],
    ['a run that shows files of others', () => ['report', at('bad-examples')], /index\.json is damaged/],
    ['a run made nowhere', () => ['report', at('bad-environment')], /environment\.json is damaged/],
  ],
  "others' resources": [['/proc as a target', () => [...voc('eval', checkpoint, 'x'), '--out', '/proc/x/y'], /\/proc\/x/]],
  ...(process.platform !== 'win32' &&
    ({
      'pipes and devices': [
        ['a pipe for a config', () => train('new', '--config', at('pipe')), /pipe cannot be read: it is a pipe, and a file is expected/],
        ['a device for a config', () => train('new', '--config', '/dev/zero'), /\/dev\/zero cannot be read: it is a device/],
        ['a pipe for weights', () => train('new', '--weights', at('pipe')), /it is a pipe or a device/],
        ['a pipe for a checkpoint', () => voc('eval', 'pipe', 'new'), /it is a pipe or a device/],
        ['a pipe for a log', () => ['report', at('pipe-log')], /it is a pipe/],
        ['a pipe for a mask', () => ['data', 'masks', '--from-rgb', at('pipe.jpg'), '--out', at('pipes')], /it is a pipe/],
      ],
      'links in a folder of results': [
        ['examples elsewhere', () => train('linked-run', '--resume', '--iterations', '2'), /examples is a symbolic link that leads out of/],
        ['progress elsewhere', () => voc('eval', checkpoint, 'linked-progress'), /progress\.jsonl is a symbolic link that leads out of/],
        [
          'progress of others',
          () => voc('eval', checkpoint, 'their-progress'),
          /progress\.jsonl: it is there, and is no journal of this program/,
        ],
      ],
    } as Record<string, [what: string, args: () => string[], said: RegExp][]>)),
};

const largeConfig = () => configWith({ backbone: { ...smallRecipe.backbone, embedSize: 16_000, depth: 200, heads: 2 } });

function configWith(changes: object): string {
  writeFileSync(at('changed.json'), JSON.stringify({ ...smallRecipe, ...changes }));
  return at('changed.json');
}

describe.each(Object.entries(attacks))('%s', (_, table) => {
  it.each(table)('%s', async (_, args, said) => {
    const { code, err, out } = await runCommand(args());
    expect(`${err}${out}`).toMatch(said);
    expect(code).toBe(1);
    expect(err).not.toMatch(/a fault of this program|\bE[A-Z]{4,}:|undefined|\[object/);
    for (const made of ['new', 'new.onnx', 'new.safetensors']) expect(existsSync(at(made)), made).toBe(false);
    expect(readFileSync(at('theirs/labels/2007_000000.png'), 'utf8')).toBe('a label of theirs');
    expect(readFileSync(at('theirs/page.html'), 'utf8')).toContain('a thesis');
    expect(readFileSync(at('theirs/net.onnx'), 'utf8')).toBe('a network of theirs');
    expect(readFileSync(at('packed/val.unfinished/thesis.txt'), 'utf8')).toBe('not a shard');
    expect(readFileSync(at('their-progress/progress.jsonl'), 'utf8')).toBe('of theirs\n');
    expect(readdirSync(at('elsewhere'))).toEqual([]);
    await loadCheckpoint(at('run/checkpoint.safetensors'));
    await readManifest(at('run/checkpoints/iteration-00000002.json'));
  });
});

it.skipIf(process.platform === 'win32')('waits for no pipe among pictures, and for no device', async () => {
  const args = (picture: string) => ['predict', picture, '--checkpoint', checkpoint, '--out', at('pipes')];
  expect(await runCommand(args(at('pipe.jpg')))).toMatchObject({
    code: 2,
    err: expect.stringContaining('pipe.jpg: it is a pipe, and a file'),
  });
  expect(await runCommand(args('/dev/zero'))).toMatchObject({ code: 2, err: expect.stringContaining('zero: it is a device, and a file') });
});

describe('a folder that another process works in', () => {
  it.each([
    ['train', () => train('run', '--resume', '--iterations', '2')],
    ['eval', () => voc('eval', checkpoint, 'run')],
    ['pseudo', () => voc('pseudo', checkpoint, 'run')],
    ['predict', () => ['predict', at('voc/JPEGImages'), '--checkpoint', checkpoint, '--out', at('run'), '--force']],
  ])('is refused by %s, which says whose it is', async (_, args) => {
    const lock = await FolderLock.acquire(at('run'), { doing: 'another program' });
    const { code, err } = await runCommand(args());
    lock.release();
    expect(code).toBe(1);
    expect(err).toMatch(/run is in use by process \d+ on .* \(another program, since /);
  });
});

describe('a log that lost lines', () => {
  it('is no log to go on with, unless that is welcome', async () => {
    const log = at('run/log.jsonl');
    const whole = readFileSync(log, 'utf8');
    const lines = whole.split('\n');
    writeFileSync(log, lines.slice(1).join('\n'));
    const resume = train('run', '--resume', '--iterations', '2');
    const refused = await runCommand(resume);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/log\.jsonl has (lost lines|\d+ of the \d+ bytes).*Nothing was changed.*--accept-changes/),
    ]);
    expect(readFileSync(log, 'utf8')).toBe(lines.slice(1).join('\n'));
    expect((await runCommand([...resume, '--accept-changes'])).code).toBe(0);
    writeFileSync(log, whole);
  });
});

it('makes a report of a log of 300 000 lines', async () => {
  mkdirSync(at('long'));
  writeFileSync(at('long/recipe.json'), readFileSync(at('run/recipe.json')));
  const line = (step: number) => `{"time":"2026-01-01T00:00:00.000Z","kind":"train","step":${step},"values":{"total":1}}\n`;
  writeFileSync(at('long/log.jsonl'), Array.from({ length: 300_000 }, (_, step) => line(step)).join(''));
  const { code, err } = await runCommand(['report', at('long')]);
  expect([code, err]).toEqual([0, expect.stringContaining('report.html')]);
});
