import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

// That names from data become paths in one place alone: everything that writes is found by its source.
const root = resolve(import.meta.dirname, '../../..');
const sources = ['packages', 'examples']
  .flatMap(parent => readdirSync(join(root, parent)).map(name => join(root, parent, name, 'src')))
  .filter(folder => existsSync(folder))
  .flatMap(folder => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)))
  .filter(file => file.endsWith('.ts') && !/\.(test|test-d|slow)\.ts$|\/test\//.test(file))
  .map(file => ({ file: relative(root, file), text: readFileSync(file, 'utf8').replace(/^\s*(\*|\/\/|\/\*\*).*$/gm, '') }));

/** Functions of Node that write, remove or name files; `open` is one where it is asked to write. */
const writers =
  /^(writeFile|appendFile|createWriteStream|mkdir|mkdtemp|rename|rm|rmdir|unlink|link|symlink|copyFile|cp|truncate|ftruncate|chmod|utimes|write)(Sync)?$/;

/** Who writes by Node's own functions, and what the names of those files are. */
const allowed: Record<string, string> = {
  'packages/files/src/atomic-write.ts': 'what it is told',
  'packages/files/src/download.ts': 'what it is told',
  'packages/files/src/folder-lock.ts': 'the lock and its turn',
  'packages/files/src/make-folder.ts': 'what it is told',
  'packages/files/src/result-folder.ts': 'names that result-names.ts made',
  'packages/datasets/src/write-file.ts': 'what it is told',
  'packages/datasets/src/images/write-palette-png.ts': 'what it is told, by way of write-file.ts',
  'packages/datasets/src/shards/pack-shards.ts': 'numbers of shards, and fixed names, in a folder that must not exist',
  'packages/datasets/src/voc/sbd.ts': 'names of files in a folder, in a folder of its own',
  'packages/datasets/src/voc/label-submission.ts': 'one fixed name',
  'packages/engine/src/install.ts': 'fixed names in the cache',
  'packages/engine/src/native/libc.ts': 'a temporary folder',
  'packages/engine/src/native/wheel.ts': 'libraries by their base name',
  'packages/parallel/src/in-job.ts': 'temporary folders of ranks',
  'packages/parallel/src/mpi-communicator.ts': 'standard error',
  'packages/parallel/src/mpi-thread.ts': 'standard error',
  'packages/train/src/checkpoint-folder.ts': 'numbers of iterations',
  'packages/train/src/growing-file.ts': 'what it is told',
  'examples/pipelines/src/run/outputs.ts': 'folders that it has just made, to find out whether that is possible',
  'examples/pipelines/src/evaluation/journal.ts': 'what it is told',
};

it('writes by functions of Node in known files alone', () => {
  const found = sources.filter(
    ({ text }) =>
      [...text.matchAll(/import (?:type )?\{([^}]*)\} from '(?:node:)?fs(?:\/promises)?'/g)].some(([, names]) =>
        names!.split(',').some(name => writers.test(name.trim().split(' as ')[0]!)),
      ) || /\bopen(Sync)?\([^;]*('[wa]x?\+?'|O_WRONLY|O_RDWR)/.test(text),
  );
  expect(found.map(({ file }) => file).filter(file => !(file in allowed))).toEqual([]);
  for (const { file, text } of sources)
    expect(text, `${file} takes all of fs`).not.toMatch(
      /import (\* as )?\w+ from '(node:)?fs|require\('(node:)?fs|(?<!\{ readFile \} = await )import\('(node:)?fs|toFile\(/,
    );
});

/** What writes a file: its path is the first argument, or the second, behind what it is or where it comes from. */
const calls =
  /(?<!function )\b(writeAtomically|linkAtomically|writePalettePng|writeJpeg|writeWhole|saveCheckpoint|saveTraining|download|new GrowingFile|new RunLog|Journal\.open(?:<\w+>)?)\(/g;

/** The arguments of a call, from behind its parenthesis on. */
function argumentsAt(text: string, start: number): string[] {
  const found = [''];
  for (let at = start, depth = 0; depth >= 0; at++) {
    const character = text[at]!;
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
    if (character === ',' && depth === 0) found.push('');
    else if (depth >= 0) found[found.length - 1] += character;
  }
  return found.map(argument => argument.trim());
}

/** A variable, a fixed name in a folder, or a place that the one function gives. */
const harmless = [
  /^[\w.!]+$/,
  /^join\([\w.]+, '[\w.-]+'\)$/,
  /^(results\.)?place\(/,
  /^placeInside\(/,
  /^this\.path\(/,
  /^file\(\w+(\.rank)?\)$/,
];

/** Paths that are made of something else, each with what it is. */
const made = [
  /^join\(unfinished, `\$\{id\}\.png`\)$/, // voc/sbd.ts: ids are names of files in a folder
  /^join\(folder, maskFile\(image\)\)$/, // coco/mask-job.ts: write-masks.ts has refused what is no plain name
  /^join\(options\.out, names\[i\]!\)$/, // commands/data-masks.ts: names of files in a folder, told apart before
  /^join\(folder, name\)$/, // commands/weights-fetch.ts: the last part of an address of the list of published weights
  /^`\$\{file\}\.damaged`$/, // run-log.ts: beside the log
  /^join\(folder, wheel\.filename\)$/, // native/download.ts: of letters, digits and dots
  /^join\(this\.folder, `\$\{nameOf\(manifest\.iteration\)\}\.json`\)$/, // a number
];

it('gives them paths that the one function made, or that are fixed', () => {
  const bad = sources.flatMap(({ file, text }) =>
    [...text.matchAll(calls)].flatMap(call => {
      if (call[1] === 'download' && !/\bdownload\b[^;]*from '@wsss\/(files|weights\/download)'/.test(text)) return []; // a page's own
      const given = argumentsAt(text, call.index + call[0].length);
      const path = ['writeWhole', 'download'].includes(call[1]!) ? given[1]! : given[0]!;
      return [...harmless, ...made].some(form => form.test(path)) ? [] : [`${file}: ${call[1]}(${path})`];
    }),
  );
  expect(bad).toEqual([]);
});

it('reads by functions that wait for no pipe and no device', () => {
  const readers = /import (?:type )?\{[^}]*\b(readFile|readFileSync|createReadStream)\b[^}]*\} from '(?:node:)?fs(?:\/promises)?'/;
  const found = sources.filter(({ text }) => readers.test(text)).map(({ file }) => file);
  const allowed = [
    'examples/pipelines/src/playground/serve-site.ts', // looks first whether it is a plain file
    'packages/files/src/download.ts', // what is here already of a download
    'packages/files/src/process-identity.ts', // what the system says of a process
    'packages/files/src/read-file.ts', // the functions themselves
  ];
  expect(found.filter(file => !allowed.includes(file))).toEqual([]);
});

it('lets no name of a record into a path of its own', () => {
  const joined = /\b(join|resolve)\([^;\n]*(\babout\.id\b|\bid\b(?!:)|\.id\(|\$\{id\})/;
  // These read: the files of a data set, of weights, of a report.
  const readers =
    /^packages\/(datasets\/src\/(voc|coco|folder|shards|check|images\/listed-path)|engine|parallel)|report\/read-run|commands\/weights|run\/(checkpoint|folder)\.ts|inference\/picture-files/;
  const bad = sources.flatMap(({ file, text }) =>
    readers.test(file) ? [] : text.split('\n').flatMap(line => (joined.test(line) ? [`${file}: ${line.trim()}`] : [])),
  );
  expect(bad).toEqual([]);
});
